//! What its user has taken away stays away.

use discovr_scrobbler_support::discovr::{Fault, PROFILE};

use crate::scene::*;
use crate::stage::{Scenario, Stage, all_hold};

const MAKE: &str = "POST /profile/history";

#[test]
fn what_was_taken_away_does_not_come_back() {
    all_hold(
        "purges",
        vec![
            Scenario::new("an entry is dropped from the queue before the service is back", || async {
                let mut stage = Stage::set().await;
                stage.discovr.go_down();
                stage.watch().await;
                drop_all(&stage);
                stage.kill();
                stage.start_again();
                stage.discovr.come_up().await;
                goes_on_without_it(&mut stage).await;
            }),
            Scenario::new("an entry whose making was never answered is dropped from the queue", || async {
                let mut stage = Stage::set().await;
                stage.discovr.fail(MAKE, Fault::Hangup, 1);
                stage.watch().await;
                stage.called(MAKE, 0).await;
                drop_all(&stage);
                goes_on_without_it(&mut stage).await;
            }),
            Scenario::new("the whole history is purged at the service", || async {
                let mut stage = Stage::set().await;
                let watched = stage.watch().await;
                the_history_is(&stage.home, &stage.discovr, &[watched]).await;
                stage.discovr.purge(PROFILE);
                stage.kill();
                stage.start_again();
                goes_on_without_it(&mut stage).await;
            }),
            Scenario::new("a wrong entry is taken back, and no answer to that arrives", || async {
                let mut stage = Stage::set().await;
                let wrong = stage.watch().await;
                the_history_is(&stage.home, &stage.discovr, std::slice::from_ref(&wrong)).await;
                stage.discovr.fail("DELETE", Fault::HangupAfter, 1);
                let said =
                    stage.home.run(&["match", "1", "--tmdb", "1396", "--season", "1", "--episode", "3"]);
                assert_eq!(said.code, Some(0), "{said:?}");
                let right = Watched { episode: Some((1, 3)), ..wrong };
                stage.called("DELETE", 0).await;
                stage.kill();
                stage.start_again();
                stage.ends_with(&[right]).await;
            }),
        ],
    );
}

/// Takes everything out of the queue that its user can take out.
fn drop_all(stage: &Stage) {
    let history = waiting_history(&stage.home);
    assert!(!history.is_empty(), "nothing waits");
    for row in history {
        let said = stage.home.run(&["queue", "drop", &row["id"].to_string()]);
        assert_eq!(said.code, Some(0), "{said:?}");
    }
}

/// The end of the same episode is watched once more, and then a film: the film alone is told.
async fn goes_on_without_it(stage: &mut Stage) {
    stage.watch_parts(&episode(&stage.home), &[(85, 92)]).await;
    let film = stage.watch_film().await;
    stage.ends_with(&[film]).await;
}
