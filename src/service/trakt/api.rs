//! What is the same in all calls to Trakt (Trakt reference, section 1.1).

use url::Url;

use crate::clock::Clock;
use crate::service::ClockSkew;
use crate::service::api::{Api, Manner};

/// Where an account that is over a limit can be upgraded.
pub(super) const UPGRADE: &str = "x-upgrade-url";
/// How many plays, or lists, the account may have.
pub(super) const LIMIT: &str = "x-account-limit";
/// How many pages a listing has.
pub(super) const PAGES: &str = "x-pagination-page-count";

/// The API at `base`, for the application that is registered as `client_id`.
pub(super) fn api(base: Url, client_id: &str, clock: Clock, skew: ClockSkew) -> Api {
    let manner = Manner {
        service: "Trakt",
        setting: "trakt.api_url",
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("trakt-api-version", "2".to_owned()),
            ("trakt-api-key", client_id.to_owned()),
        ],
        heard: &[UPGRADE, LIMIT, PAGES],
    };
    Api::new(manner, base, clock, skew)
}

/// Where signing in is done, which is another host (section 2.1).
pub(super) fn auth(base: Url, clock: Clock, skew: ClockSkew) -> Api {
    let manner = Manner {
        service: "Trakt",
        setting: "trakt.auth_url",
        headers: vec![("content-type", "application/json".to_owned())],
        heard: &[],
    };
    Api::new(manner, base, clock, skew)
}
