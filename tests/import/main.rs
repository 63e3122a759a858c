//! Moving in from another scrobbler: the real binary with the files that the other one leaves, and stand-ins of the services.

mod asking;
mod backlog;
mod rules_and_paths;
mod scene;
