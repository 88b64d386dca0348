//! The only SQL: engines, unit of work, event log, job queue, migrations and queries.
