//! The portico program: configuration, wiring, command line and jobs.
