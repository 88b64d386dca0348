//! The pure core: requests, triage, pathways, booking, messages, records and who may do what.
