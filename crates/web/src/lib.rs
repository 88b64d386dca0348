//! The web shell: layout, sessions, forms, errors, live updates.
