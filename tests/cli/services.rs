//! What the listings show when there are two services.

use std::collections::BTreeSet;

use discovr_scrobbler::journal::{
    Account, Addressee, Journal, Next, Recipient, ServiceName, ServiceState, Settlement, Telling,
};
use discovr_scrobbler::playback::EventKind;
use discovr_scrobbler::service::trakt::TRAKT;
use discovr_scrobbler_support::home::Home;
use insta::assert_snapshot;

use crate::scene::{at, event, example_show, home, recipient, said, viewing};

const BOTH: &str = "[trakt]\nenabled = true\n";
const TRAKT_ALONE: &str = "[discovr]\nenabled = false\n\n[trakt]\nenabled = true\n";

fn of_trakt() -> Recipient {
    Recipient { service: TRAKT, account: Account(String::new()), profile: None }
}

/// One episode that both services have, and one that waits for both: for one that is down, and for one that wants the user
/// to sign in.
async fn fill(home: &Home) {
    let journal = Journal::open(&home.state_dir()).expect("a new journal");
    let now = at("2026-03-02T12:00:00Z");
    for number in [1, 2] {
        let viewing = viewing(number, "/videos/Example Show S01E02.mkv", 95, true);
        for kind in [EventKind::Started, EventKind::Completed, EventKind::Stopped] {
            let told = vec![recipient(), of_trakt()];
            journal.record(event(kind, &viewing), told).await.expect("it is kept");
        }
        let episode = example_show(u32::try_from(number).expect("small"), 1);
        journal.identify(viewing.id, episode, viewing.position_at).await.expect("it is kept");
        if number == 1 {
            for to in [recipient(), of_trakt()] {
                let service = to.service;
                while let Next::Deliver(delivery) = journal
                    .next(service, to.account.clone(), to.profile.clone(), now)
                    .await
                    .expect("it is read")
                {
                    let done = Settlement::Done { proof: format!("{service} said 201") };
                    journal.settle(delivery.id, done, state(service), now).await.expect("it is kept");
                }
            }
        }
    }
    let down = ServiceState { failures: 2, last_error: Some("503".into()), ..state(recipient().service) };
    journal.set_service_state(down).await.expect("it is kept");
    let asleep = ServiceState { needs_user: Some("sign in to Trakt".into()), ..state(TRAKT) };
    journal.set_service_state(asleep).await.expect("it is kept");
    journal.close().await;
}

fn state(service: ServiceName) -> ServiceState {
    ServiceState {
        service,
        not_before: None,
        failures: 0,
        needs_user: None,
        last_error: None,
        last_success_at: Some(at("2026-03-02T12:00:00Z")),
    }
}

fn services_in(queue: &serde_json::Value) -> BTreeSet<&str> {
    let rows = queue.as_array().expect("a list").iter();
    rows.map(|row| row["recipient"]["service"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn history_and_status_show_each_service_on_its_own() {
    let home = home();
    home.configure(BOTH);
    fill(&home).await;
    assert_snapshot!(said(&home, &["history"]));
    let shown = said(&home, &["history", "--receipts"]);
    for service in ["discovr", "trakt"] {
        assert!(shown.contains(&format!("{service}: recorded ({service} said 201)")), "{shown}");
    }
    let history = home.json(&["history"]);
    let receipts = history[1]["deliveries"].as_array().expect("a list").iter();
    let receipts: Vec<_> = receipts.filter_map(|row| row["receipt"].as_str()).collect();
    assert_eq!(receipts, ["discovr said 201", "trakt said 201"], "{history}");
    assert_snapshot!(said(&home, &["status"]));
    assert_snapshot!(said(&home, &["status", "--json"]));
}

#[tokio::test]
async fn a_service_that_is_off_is_said_to_be_off_and_the_other_is_shown() {
    let home = home();
    home.configure(TRAKT_ALONE);
    fill(&home).await;
    let status = home.run(&["status"]).stdout;
    assert!(status.contains("discovr    off: discovr.enabled is false\n"), "{status}");
    assert!(status.contains("trakt      sign-in needed: sign in to Trakt\n"), "{status}");
    let queue = home.run(&["queue", "list"]).stdout;
    let is_off = "Discovr is off (discovr.enabled = false): what is for it waits until it is on again.\n";
    assert!(queue.contains(is_off) && !queue.contains("Trakt is off"), "{queue}");
    let retried = home.run(&["queue", "retry", "--service", "discovr"]).stdout;
    assert!(retried.contains(is_off), "{retried}");
    home.configure("[discovr]\nenabled = false\n");
    let status = home.run(&["status"]).stdout;
    assert!(status.contains("false, viewings are kept on this machine only\n"), "{status}");
    assert!(!status.contains("trakt"), "{status}");
}

#[tokio::test]
async fn the_queue_is_listed_and_retried_by_service() {
    let home = home();
    home.configure(BOTH);
    fill(&home).await;
    let all = home.json(&["queue", "list"]);
    assert_eq!(services_in(&all), BTreeSet::from(["discovr", "trakt"]));
    for name in ["discovr", "trakt"] {
        let some = home.json(&["queue", "list", "--service", name]);
        assert_eq!(services_in(&some), BTreeSet::from([name]));
        let waiting = some.as_array().expect("a list").len();
        let retried = home.run(&["queue", "retry", "--service", name]).stdout;
        let count =
            if waiting == 1 { "One delivery is".to_owned() } else { format!("{waiting} deliveries are") };
        assert_eq!(retried, format!("{count} due now.\n"));
    }
    assert_snapshot!(said(&home, &["queue", "list", "--service", "trakt"]));
    assert_snapshot!(said(&home, &["queue", "list", "--service", "tracked"]));
    let trakt = home.json(&["queue", "list", "--service", "trakt"]);
    let one = trakt[0]["id"].to_string();
    assert_eq!(home.run(&["queue", "drop", &one]).code, Some(0));
    let left = home.json(&["queue", "list"]);
    assert_eq!(left.as_array().expect("a list").len(), all.as_array().expect("a list").len() - 1);
}

#[tokio::test]
async fn what_is_told_live_is_listed_as_what_has_happened() {
    let home = home();
    home.configure(BOTH);
    let journal = Journal::open(&home.state_dir()).expect("a new journal");
    let live = || vec![Addressee { recipient: of_trakt(), telling: Telling::Live }];
    let completed = viewing(1, "/videos/Example Show S01E01.mkv", 95, true);
    let paused = viewing(2, "/videos/Example Show S01E02.mkv", 40, false);
    let first = [EventKind::Started, EventKind::Completed];
    let second = [EventKind::Started, EventKind::Paused];
    for (kinds, viewing, episode) in [(first, &completed, 1), (second, &paused, 2)] {
        for kind in kinds {
            journal.record(event(kind, viewing), live()).await.expect("it is kept");
            let identified = journal.identify(viewing.id, example_show(episode, 1), viewing.position_at);
            identified.await.expect("it is kept");
        }
    }
    journal.close().await;
    assert_snapshot!(said(&home, &["queue", "list"]));
    assert_snapshot!(said(&home, &["history"]));
}

#[tokio::test]
async fn a_script_is_shown_the_whole_queue_and_a_person_its_beginning() {
    let home = home();
    let journal = Journal::open(&home.state_dir()).expect("a new journal");
    for number in 1..=120 {
        let viewing = viewing(number, &format!("/videos/Example Show {number}.mkv"), 95, true);
        for kind in [EventKind::Started, EventKind::Completed] {
            journal.record(event(kind, &viewing), vec![recipient()]).await.expect("it is kept");
        }
        let episode = example_show(u32::try_from(number).expect("small"), 1);
        journal.identify(viewing.id, episode, viewing.position_at).await.expect("it is kept");
    }
    journal.close().await;
    let all = home.json(&["queue", "list"]);
    let waiting = all.as_array().expect("a list").len();
    assert!(waiting >= 120, "{waiting}");
    let text = home.run(&["queue", "list"]).stdout;
    let more = waiting - 100;
    assert!(text.contains(&format!("\nand {more} more: --limit COUNT shows as many\n")), "{text}");
    let some = home.json(&["queue", "list", "--limit", "100"]);
    assert_eq!(some.as_array().expect("a list").len(), 100);
}
