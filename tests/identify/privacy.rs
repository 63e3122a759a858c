//! What leaves the machine, and what does not.

use std::path::Path;
use std::time::Duration;

use crate::bench::{identify, known, minutes, movie, online, settings};
use discovr_scrobbler::identify::{
    Credential, CredentialError, Identification, Identifier, MemoryCache, Rules, Subject,
};
use discovr_scrobbler::player::mpv::{MpvSettings, Places, watch};
use discovr_scrobbler::player::{Location, Media, PlayerReport, WatcherContext};
use discovr_scrobbler_support::scripted_mpv::ScriptedMpv;
use discovr_scrobbler_support::tmdb::{API_KEY, BEARER, Fault, Tmdb};
use secrecy::SecretString;

#[tokio::test]
async fn only_the_title_leaves_the_machine() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in [
        "/home/somebody/Private Folder/The.Matrix.1999.1080p.BluRay.x264-SECRETGRP.mkv",
        "/home/somebody/Private Folder/Breaking Bad/Season 1/Breaking.Bad.S01E02.Cats.in.the.Bag.mkv",
        "/home/somebody/Private Folder/Room.237.1080p {tmdb-84334}.mkv",
    ] {
        identify(&identifier, path, minutes(47)).await;
    }
    let address = "https://somebody:private@host.example/tv/Breaking.Bad.S01E02.1080p.mkv?token=secretgrp";
    let media = Media::at(Location::Url(address.into()))
        .with_title(Some("Breaking.Bad.S01E02.1080p.mkv?token=secretgrp".into()));
    let found = identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
    assert!(matches!(found, Identification::Known(_)), "{found:?}");
    assert!(!format!("{found:?}").contains("secretgrp"), "{found:?}");
    let calls = tmdb.calls();
    assert!(!calls.is_empty());
    for call in calls {
        let all = format!("{} {:?}", call.path, call.query).to_lowercase();
        for private in ["somebody", "private", "secretgrp", "1080p", "mkv", "cats", "/home", "eyj"] {
            assert!(!all.contains(private), "{private} in {all}");
        }
        assert_ne!(call.status, 422, "{all}");
        assert_ne!(call.status, 401, "{all}");
    }
}

#[tokio::test]
async fn a_folder_that_may_be_somebodys_name_stays_here() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in [
        "/srv/Erika Mustermann/The.Matrix.1999.1080p.mkv",
        "/srv/Erika Mustermann/holiday.mkv",
        "/srv/Erika Mustermann/video.mkv",
        "/srv/Erika Mustermann/Breaking.Bad.S01E02.mkv",
        "/srv/Erika Mustermann/[Kelp] Umi no Hi - 07 [1080p].mkv",
        "/srv/Erika Mustermann/No.Such.Thing.At.All.S01E02.mkv",
        "/srv/Erika Mustermann/No.Such.Title.103.mkv",
        "/srv/Erika Mustermann/No Such Thing (2014)/No.Such.Thing.2014.mkv",
        "/mnt/nas/users/Erika Mustermann/S01E02.mkv",
        "/media/Erika Mustermann/Videos/S01E02.mkv",
    ] {
        identify(&identifier, path, minutes(47)).await;
    }
    let address = "https://host.example/o/home%2FErika%20Mustermann%2FNo.Such.Thing.S01E02.mkv?alt=media";
    let media = Media::at(Location::Url(address.into()));
    identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
    for title in [
        "/srv/Erika Mustermann/No.Such.Thing.S01E02.mkv",
        "file:///srv/Erika%20Mustermann/No.Such.Thing.S01E02.mkv",
        "smb://erika:mustermann@nas/No.Such.Thing.S01E02.mkv",
        "C:\\Users\\Erika Mustermann\\No.Such.Thing.S01E02.mkv",
    ] {
        let media = Media::at(Location::Unknown).with_title(Some(title.into()));
        identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
    }
    let calls = tmdb.calls();
    assert!(calls.len() > 5);
    for call in calls {
        let all = format!("{} {:?}", call.path, call.query).to_lowercase();
        assert!(!all.contains("erika") && !all.contains("mustermann"), "{all}");
    }
}

#[tokio::test]
async fn a_token_in_an_address_that_mpv_shows_as_a_title_stays_on_the_machine() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("mpv");
    let settings = MpvSettings {
        sockets: vec![socket.to_str().expect("UTF-8").to_owned()],
        places: Places { folders: vec![folder.path().to_owned()], ..Places::default() },
    };
    let (sender, mut reports) = tokio::sync::mpsc::channel(64);
    let context = WatcherContext::new(sender);
    let cancel = context.cancel.clone().drop_guard();
    let watching = tokio::spawn(watch(settings, context));
    for (name, answered) in
        [("tv/Breaking.Bad.S01E02.mkv", true), ("tv/The.Matrix.1999.mkv", true), ("play", false)]
    {
        let address = format!("https://host.example/{name}?token=s3cret%20S01E02&path=/Heat.s3cret.S01E02");
        let mpv = ScriptedMpv::play(&socket, Path::new(&address), 47.0 * 60.0, 1.0);
        let media = loop {
            let report = tokio::time::timeout(Duration::from_secs(60), reports.recv()).await;
            if let Some(PlayerReport::Observed(seen)) = report.expect("it is seen")
                && let Some(media) = seen.media
            {
                break media;
            }
        };
        assert_eq!(media.title, None);
        let asked = tmdb.calls().len();
        let found = identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
        assert!(!format!("{found:?}").contains("s3cret"), "{found:?}");
        assert_eq!(tmdb.calls().len() > asked, answered, "{name}");
        mpv.quit().await;
        while !matches!(reports.recv().await.expect("a watcher"), PlayerReport::Gone { .. }) {}
    }
    for call in tmdb.calls() {
        assert!(!format!("{} {:?}", call.path, call.query).contains("s3cret"));
    }
    drop(cancel);
    watching.await.expect("the watcher does not panic");
}

#[tokio::test]
async fn both_kinds_of_credential_work_and_neither_is_shown() {
    for token in [BEARER, API_KEY] {
        let tmdb = Tmdb::start().await;
        let settings = settings(&tmdb.url(), Some(token));
        assert!(!format!("{settings:?}").contains(token));
        let identifier = Identifier::new(Rules::default(), settings, MemoryCache::new());
        assert_eq!(known(&identifier, "/v/The.Matrix.1999.mkv", None).await.identity, movie(603));
        assert!(!format!("{identifier:?}").contains(token));
        tmdb.fail("/search", Fault::Hangup, 2);
        let found = identify(&identifier, "/v/The.Mummy.1999.mkv", None).await;
        assert!(!format!("{found:?}").contains(token), "{found:?}");
    }
}

#[test]
fn a_credential_is_told_by_its_shape() {
    let parse = |text: &str| Credential::parse(&SecretString::from(text));
    assert!(matches!(parse(&format!(" {BEARER}\n")), Ok(Credential::Bearer(_))));
    assert!(matches!(parse(API_KEY), Ok(Credential::ApiKey(_))));
    assert!(matches!(parse("  \n"), Err(CredentialError::Empty)));
    for wrong in ["eyJ with spaces", "abc", "0123456789abcdef0123456789abcdeg", "eyJ\u{7f}"] {
        let error = parse(wrong).expect_err("no credential");
        assert_eq!(error, CredentialError::UnknownShape);
        assert!(!error.to_string().contains(wrong));
    }
}
