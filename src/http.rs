//! HTTPS as the rooms speak it that need it: one small client each, made when it is first used.

use std::error::Error;
use std::time::Duration;

/// An HTTP client that follows no redirect, because a token must not follow one either.
#[derive(Debug)]
pub(crate) struct LazyClient {
    /// Time for a whole call.
    whole: Duration,
    client: Option<reqwest::Client>,
}

impl LazyClient {
    pub(crate) fn new(whole: Duration) -> Self {
        Self { whole, client: None }
    }

    pub(crate) fn get(&mut self) -> Result<&reqwest::Client, reqwest::Error> {
        match &mut self.client {
            Some(client) => Ok(client),
            empty => Ok(empty.insert(build(self.whole)?)),
        }
    }
}

fn build(whole: Duration) -> Result<reqwest::Client, reqwest::Error> {
    // Installed already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("discovr-scrobbler/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(whole)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(10))
        .build()
}

/// Why a call failed, in the words of the innermost cause: the outer ones repeat the address, which may hold a key.
pub(crate) fn why(error: &reqwest::Error) -> String {
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(inner) = cause.and_then(Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "the connection failed".to_owned(), ToString::to_string)
}
