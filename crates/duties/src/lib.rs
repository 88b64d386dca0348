//! Every duty the product serves: its pages, rules, words and help.
