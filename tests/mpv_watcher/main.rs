//! The mpv watcher against real mpv, and against scripted ones for what real mpv does not do on command.

mod desk;
mod fake;
mod finding;
mod hostile;
mod playing;
mod real;
