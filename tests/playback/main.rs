//! The playback state machine: what it promises, as sentences and as properties over random histories.

mod desk;
mod mpris_traces;
mod mpv_traces;
mod properties;
mod sentences;
mod traces;
