//! One write in a second, whatever a delivery needs of them.

use std::time::Duration;

use discovr_scrobbler::identify::{SeriesId, Work};
use discovr_scrobbler::journal::{Content, Delivery, LiveWord};
use jiff::SignedDuration;

use crate::desk::*;

/// Another episode that Trakt numbers otherwise.
const RUNNING: Work = Work::Episode { tmdb: SeriesId(1396), season: 20, episode: 4 };

#[tokio::test]
async fn the_writes_of_one_delivery_and_of_the_next_are_a_second_apart() {
    let mut desk = Desk::new().await;
    desk.stand_in.limits_writes(1, Duration::from_secs(1));
    let absolute = |delivery: Delivery| Delivery { absolute: Some(73), ..delivery };
    // Each is two writes: by one name, and by the next.
    assert!(is_there(&desk.deliver(&absolute(word(RUNNING, LiveWord::Paused, 40.0))).await));
    assert!(is_there(&desk.deliver(&absolute(watched(RUNNING))).await));
    let clearing = delivery(Content::Clearing { work: RUNNING, at: now() });
    assert!(is_there(&desk.deliver(&clearing).await));
    let calls = desk.stand_in.calls();
    let writes: Vec<_> = calls.iter().filter(|call| call.method != "GET").collect();
    assert_eq!(writes.len(), 5, "{calls:?}");
    assert!(calls.iter().all(|call| call.status != 429), "{calls:?}");
    for pair in writes.windows(2) {
        assert!(pair[1].at.duration_since(pair[0].at) >= SignedDuration::from_secs(1), "{pair:?}");
    }
}

#[tokio::test]
async fn a_renewal_of_the_sign_in_counts_as_a_write() {
    let mut desk = Desk::new().await;
    desk.stand_in.ends_access();
    assert!(is_there(&desk.deliver(&word(MOVIE, LiveWord::Playing, 4.0)).await));
    let calls = desk.stand_in.calls();
    let paths: Vec<_> = calls.iter().map(|call| (call.path.as_str(), call.status)).collect();
    assert_eq!(paths, [("/scrobble/start", 401), ("/oauth/token", 200), ("/scrobble/start", 201)]);
    for pair in calls.windows(2) {
        assert!(pair[1].at.duration_since(pair[0].at) >= SignedDuration::from_secs(1), "{pair:?}");
    }
}
