//! What every test here needs: a home, an episode in it, the stand-in, and a way to play.

use discovr_scrobbler_support::discovr::Discovr;
use discovr_scrobbler_support::home::Home;
pub(crate) use discovr_scrobbler_support::scene::*;

const BINARY: &str = env!("CARGO_BIN_EXE_discovr-scrobbler");

pub(crate) fn home() -> Home {
    Home::new(BINARY)
}

/// A home with an account on `discovr`.
pub(crate) fn home_with_account(discovr: &Discovr) -> Home {
    discovr_scrobbler_support::scene::home_with_account(BINARY, discovr)
}
