//! The measurement: over a thousand names (`names.txt`) against the stand-in's catalogue. What counts is the pair: how many
//! are accepted, and how many of the accepted are wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use discovr_scrobbler::identify::{HeldReason, Identification, Identity, Subject};
use discovr_scrobbler::player::{Location, Media};
use discovr_scrobbler_support::tmdb::Tmdb;

use crate::bench::{episodes, file, movie, online};

/// At least this share of the names that can be told is accepted.
const ACCEPTED: f64 = 0.92;
/// At most this share of what is accepted is wrong.
const WRONG: f64 = 0.01;
/// How many misses of one slice are printed.
const SHOWN: usize = 60;

/// One line of `names.txt`.
struct Name {
    slice: &'static str,
    place: &'static str,
    /// What it is; `None` when nobody could tell.
    identity: Option<Identity>,
    duration: Option<Duration>,
}

/// What became of the names of one slice.
#[derive(Default)]
struct Tally {
    tellable: usize,
    right: usize,
    wrong: usize,
    misses: Vec<String>,
}

impl Tally {
    fn count(&mut self, name: &Name, found: &Identification) {
        self.tellable += usize::from(name.identity.is_some());
        match found {
            Identification::Known(known) if Some(&known.identity) == name.identity.as_ref() => {
                self.right += 1;
            }
            Identification::Known(known) => {
                self.wrong += 1;
                let expected = name.identity.as_ref().map_or_else(|| "held".to_owned(), told);
                let taken = told(&known.identity);
                self.misses.push(format!("WRONG {} — {taken} instead of {expected}", name.place));
            }
            Identification::Held { reason, .. } => {
                if let Some(identity) = &name.identity {
                    let why = why(reason);
                    self.misses.push(format!("held  {} — {} but {why}", name.place, told(identity)));
                }
            }
        }
    }

    fn row(&self, slice: &str) -> String {
        let percent = |part: usize, whole: usize| match whole {
            0 => String::new(),
            whole => format!("{:.1} %", share(part, whole) * 100.0),
        };
        let accepted = self.right + self.wrong;
        format!(
            "{slice:<22}{:>7}{:>10}{:>9}{:>7}{:>9}",
            self.tellable,
            accepted,
            percent(self.right, self.tellable),
            self.wrong,
            percent(self.wrong, accepted)
        )
    }
}

#[tokio::test]
async fn nearly_all_names_are_accepted_and_nearly_none_wrongly() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let mut slices: BTreeMap<&str, Tally> = BTreeMap::new();
    for (number, name) in names().into_iter().enumerate() {
        let media = media(name.place, &home(number));
        let found = identifier.identify(Subject { media: &media, duration: name.duration }).await;
        slices.entry(name.slice).or_default().count(&name, &found);
    }
    let mut all = Tally::default();
    println!("{:<22}{:>7}{:>10}{:>9}{:>7}{:>9}", "slice", "names", "accepted", "right", "wrong", "of them");
    for (slice, tally) in &slices {
        println!("{}", tally.row(slice));
        all.tellable += tally.tellable;
        all.right += tally.right;
        all.wrong += tally.wrong;
    }
    println!("{}", all.row("all"));
    for (slice, tally) in slices.iter().filter(|(_, tally)| !tally.misses.is_empty()) {
        println!("\n{slice}");
        let mut misses = tally.misses.clone();
        misses.sort();
        misses.iter().take(SHOWN).for_each(|miss| println!("    {miss}"));
    }
    for call in tmdb.calls() {
        assert!(call.status == 200 || call.status == 404, "a question that TMDB refuses: {call:?}");
    }
    assert!(share(all.right, all.tellable) >= ACCEPTED, "too few are accepted");
    assert!(share(all.wrong, all.right + all.wrong) <= WRONG, "too many are wrong");
}

#[test]
fn the_names_are_many_and_few_of_them_untellable() {
    let names = names();
    let held = names.iter().filter(|name| name.identity.is_none()).count();
    assert!(names.len() >= 900 && share(held, names.len()) <= 0.04, "{held} of {}", names.len());
}

fn names() -> Vec<Name> {
    let mut slice = "";
    let mut names = Vec::new();
    for line in include_str!("names.txt").lines() {
        if let Some(name) = line.strip_prefix("## ") {
            slice = name;
        } else if !line.is_empty() && !line.starts_with('#') {
            let (place, rest) = line.split_once(" ⟶ ").unwrap_or_else(|| panic!("no arrow: {line}"));
            let (what, length) =
                rest.split_once(" [").map_or((rest, None), |(what, rest)| (what, Some(rest)));
            let minutes = length.map(|length| number::<u64>(length.trim_end_matches(']')));
            let duration = minutes.map(|minutes| Duration::from_secs(minutes * 60));
            names.push(Name { slice, place, identity: identity(what), duration });
        }
    }
    names
}

fn identity(text: &str) -> Option<Identity> {
    match text.split(' ').collect::<Vec<_>>()[..] {
        ["HOLD"] => None,
        ["movie", id] => Some(movie(number(id))),
        ["tv", id, place] => {
            let (season, numbers) = place.split_once('x').unwrap_or_else(|| panic!("no episode: {text}"));
            let numbers: Vec<u32> = numbers.split(',').map(number).collect();
            Some(episodes(number(id), number(season), &numbers))
        }
        _ => panic!("no identity: {text}"),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// A folder of its own for each, because what is beside a name in one folder speaks for it, too.
fn home(mut number: usize) -> String {
    let mut home = "/home/m".to_owned();
    for _ in 0..3 {
        home.push(b"abcdefghijklnopqstuvwxyz"[number % 24].into());
        number /= 24;
    }
    home
}

fn media(place: &str, home: &str) -> Media {
    if let Some(title) = place.strip_prefix("title: ") {
        Media::at(Location::Unknown).with_title(Some(title.to_owned()))
    } else if place.starts_with("https://") {
        Media::at(Location::Url(place.to_owned()))
    } else {
        file(format!("{home}{place}"))
    }
}

fn told(identity: &Identity) -> String {
    match identity {
        Identity::Movie { tmdb } => format!("movie {}", tmdb.0),
        Identity::Episodes { tmdb, season, episodes } => format!("tv {} {season}x{episodes:?}", tmdb.0),
    }
}

fn why(reason: &HeldReason) -> String {
    match reason {
        HeldReason::Ambiguous { candidates } => {
            let first = candidates.iter().take(3).map(|its| format!("{} {}", its.label, told(&its.identity)));
            format!("ambiguous: {}", first.collect::<Vec<_>>().join(" | "))
        }
        other => format!("{other:?}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are not that many names")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
