//! The MPRIS watcher against a private session bus: scripted players for every oddity that real ones were seen to
//! have (`docs` of the players: what each file is named after), and then real ones.

mod desk;
mod lines;
mod mpv;
mod others;
mod real;
mod the_bus;
mod vlc;
