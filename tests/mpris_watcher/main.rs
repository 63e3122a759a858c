//! The MPRIS watcher on a private session bus: scripted players for every oddity that real ones were seen to have, one
//! file per player, and then real ones.

mod desk;
mod lines;
mod mpv;
mod others;
mod real;
mod the_bus;
mod vlc;
