//! What the tests stand on: strict stand-ins of the services on loopback, a private desktop, real and scripted players.

pub mod both;
pub mod bus;
pub mod discovr;
pub mod disk;
pub mod faults;
pub mod home;
pub mod http;
pub mod keyring;
pub mod large;
pub mod media;
pub mod mpv;
pub mod players;
pub mod reliability;
pub mod remote;
pub mod report;
pub mod scene;
pub mod scripted_mpv;
pub mod scripted_player;
pub mod secrets;
pub mod sign_in;
pub mod stand_in;
pub mod terminal;
pub mod tmdb;
pub mod trakt;
pub mod wait;
