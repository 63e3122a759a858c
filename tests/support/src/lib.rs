//! What the tests stand on: strict stand-ins of the services on loopback, a private desktop, real and scripted players.

pub mod discovr;
pub mod http;
pub mod tmdb;
