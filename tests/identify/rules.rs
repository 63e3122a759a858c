//! The user's rules.

use std::path::Path;

use crate::bench::{NOBODY, episodes, held, known, movie, settings};
use discovr_scrobbler::identify::{EvidenceKind, HeldReason, Identifier, MemoryCache, Rule, RuleKind, Rules};

pub(crate) fn rule(kind: RuleKind, tmdb: u64) -> Rule {
    Rule {
        path: None,
        regex: None,
        title: None,
        tmdb,
        kind,
        season: None,
        episode: None,
        episode_offset: None,
    }
}

#[tokio::test]
async fn a_rule_is_stronger_than_everything_else() {
    let series = rule(RuleKind::Series, 1396);
    let rules = [
        Rule { path: Some("~/Films/*.mkv".into()), ..rule(RuleKind::Movie, 603) },
        Rule {
            path: Some("/anime/Second Half".into()),
            season: Some(2),
            episode_offset: Some(-12),
            ..series.clone()
        },
        Rule { regex: Some(r"Disc (?<season>\d)/Track (?<episode>\d+)".into()), ..series.clone() },
        Rule { title: Some("El Show".into()), ..series.clone() },
        Rule { path: Some("**/pilot.mkv".into()), season: Some(1), episode: Some(1), ..series },
    ];
    let rules = Rules::compile(&rules, Some(Path::new("/home/[me]"))).expect("rules");
    let identifier = Identifier::new(rules, settings(NOBODY, None), MemoryCache::new());
    for (path, identity) in [
        ("/home/[me]/Films/The Mummy (1999) {tmdb-564}.mkv", movie(603)),
        ("/anime/Second Half/[Kelp] Show - 14.mkv", episodes(1396, 2, &[2])),
        ("/rips/Disc 3/Track 04.mkv", episodes(1396, 3, &[4])),
        ("/v/el.show.S02E05.mkv", episodes(1396, 2, &[5])),
        ("/anywhere/pilot.mkv", episodes(1396, 1, &[1])),
    ] {
        let known = known(&identifier, path, None).await;
        assert_eq!(known.identity, identity, "{path}");
        assert_eq!(known.evidence[0].kind, EvidenceKind::Rule, "{path}");
        assert!(known.confidence.get() >= 1.0);
    }
    // `*` stops at a slash, an offset below the first episode is no episode, and a rule fits whole or not at all.
    assert_eq!(held(&identifier, "/home/[me]/Films/More/A (2000).mkv", None).await, HeldReason::NoToken);
    assert_eq!(held(&identifier, "/anime/Second Half/Show - 12.mkv", None).await, HeldReason::Unreadable);
    assert_eq!(held(&identifier, "/v/El Show extra.mkv", None).await, HeldReason::NoToken);
}

#[tokio::test]
async fn a_rule_for_a_folder_makes_no_episodes_of_what_comes_with_a_series() {
    let folder = Rule { path: Some("/tv/Show/**".into()), season: Some(1), ..rule(RuleKind::Series, 1396) };
    let specials = Rule { path: Some("/tv/Other/Extras/*".into()), season: Some(0), ..folder.clone() };
    let one = Rule { path: Some("/tv/Third/**".into()), episode: Some(3), ..folder.clone() };
    let rules = Rules::compile(&[folder, specials, one], None).expect("rules");
    let identifier = Identifier::new(rules, settings(NOBODY, None), MemoryCache::new());
    for path in [
        "/tv/Show/Extras/Interview 2.mkv",
        "/tv/Show/Season 1/Featurettes/The Making Of Part 2.mkv",
        "/tv/Show/Season 1/Show S01E01-trailer.mkv",
        "/tv/Show/Season 1/Sample/show.s01e02.sample.mkv",
    ] {
        assert_eq!(held(&identifier, path, None).await, HeldReason::Unreadable, "{path}");
    }
    for (path, identity) in [
        ("/tv/Show/Season 1/Show S01E02.mkv", episodes(1396, 1, &[2])),
        ("/tv/Other/Extras/Other 2.mkv", episodes(1396, 0, &[2])),
        ("/tv/Third/Extras/Interview.mkv", episodes(1396, 1, &[3])),
    ] {
        assert_eq!(known(&identifier, path, None).await.identity, identity, "{path}");
    }
}

#[test]
fn rules_that_cannot_be_used_are_all_named() {
    let movie = rule(RuleKind::Movie, 603);
    let rules = [
        Rule { path: Some("/v/[".into()), ..movie.clone() },
        Rule { regex: Some("(".into()), ..movie.clone() },
        Rule { regex: Some(String::new()), ..movie.clone() },
        Rule { regex: Some(".*".into()), ..movie.clone() },
        Rule { title: Some("X".into()), season: Some(1), ..movie.clone() },
        movie.clone(),
        Rule { path: Some("~/v/**".into()), ..movie.clone() },
        Rule { path: Some("v/**".into()), ..movie.clone() },
        Rule { title: Some("fine".into()), ..movie.clone() },
        Rule { title: Some("?!".into()), tmdb: 0, ..movie },
    ];
    let errors = Rules::compile(&rules, None).expect_err("none of them is fine but one");
    let numbers: Vec<usize> = errors.iter().map(|error| error.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 10, 10]);
    for error in &errors {
        assert!(error.to_string().starts_with(&format!("rule {}: ", error.number)), "{error}");
    }
}

#[test]
fn an_unknown_key_in_a_rule_is_refused() {
    let good = r#"{"title": "X", "tmdb": 1, "kind": "series"}"#;
    let rule: Rule = serde_json::from_str(good).expect("a rule");
    assert_eq!(rule.kind, RuleKind::Series);
    for bad in [
        r#"{"title": "X", "tmdb": 1, "kind": "series", "ofset": 1}"#,
        r#"{"title": "X", "tmdb": 1}"#,
        r#"{"title": "X", "kind": "movie"}"#,
        r#"{"title": "X", "tmdb": 1, "kind": "show"}"#,
    ] {
        assert!(serde_json::from_str::<Rule>(bad).is_err(), "{bad}");
    }
}
