//! The command line as its user sees it: the real binary, an empty environment, what it prints and how it ends.

mod doctor;
mod hostile;
mod listings;
mod messages;
mod scene;
mod services;
mod teaching;
mod terminal;
mod time_zones;
