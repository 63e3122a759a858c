//! From a real player to the history: the real binary, real mpv and VLC on a private session bus, and a stand-in of
//! Discovr that rejects what the real one would.

mod both;
mod corrections;
mod episodes;
mod held;
mod journal;
mod keyring;
mod players;
mod scene;
mod settings;
mod sign_in;
mod sittings;
