//! What speaks for and against a candidate, in points and in words.

use std::time::Duration;

use super::episode_names::{self, Named};
use super::numbering::{How, Place};
use super::wanted::Wanted;
use crate::identify::titles;

/// Another work's title than the one it goes by.
pub(crate) const OTHER_TITLE: f64 = 0.95;
/// A name without a year needs more than a movie's title to be accepted.
pub(crate) const NO_YEAR: f64 = -0.16;
/// A title that is at least this much alike is that title.
pub(crate) const SAME_TITLE: f64 = 0.9;

/// Points with the reasons for them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Note {
    pub(crate) score: f64,
    pub(crate) because: Vec<String>,
}

impl Note {
    /// Adds `points` for `why`.
    pub(crate) fn add(&mut self, points: f64, why: impl Into<String>) {
        self.score += points;
        self.because.push(why.into());
    }

    /// Adds what another note says.
    pub(crate) fn join(&mut self, other: Self) {
        self.score += other.score;
        self.because.extend(other.because);
    }
}

/// The titles of a work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Titles<'a> {
    pub(crate) title: &'a str,
    pub(crate) original: Option<&'a str>,
    pub(crate) others: &'a [String],
}

/// How alike a title and a work's nearest title are.
pub(crate) fn title(wanted: &str, its: Titles<'_>) -> Note {
    let own = titles::likeness(wanted, its.title);
    let original = its.original.map_or(0.0, |original| titles::likeness(wanted, original));
    let main = own.max(original);
    let mut note = Note::default();
    if main >= 1.0 {
        note.add(1.0, if own >= 1.0 { "title as written" } else { "original title as written" });
        return note;
    }
    let other = its.others.iter().map(|other| titles::likeness(wanted, other)).fold(0.0, f64::max);
    if main >= SAME_TITLE {
        note.add(main, "title spelt a little differently");
    } else if other >= SAME_TITLE {
        note.add(OTHER_TITLE - (1.0 - other), "another of its titles");
    } else if main.max(other) >= 0.75 {
        note.add(main.max(other), "title nearly as written");
    } else {
        note.add(main.max(other), "another title");
    }
    note
}

/// What the years say. Festivals and regions make a year's difference; more is rather another work, even when its
/// length fits: most films are about as long.
pub(crate) fn year(wanted: Option<u16>, its: Option<u16>) -> Note {
    let mut note = Note::default();
    match (wanted, its) {
        (None, _) => {}
        (Some(_), None) => note.add(-0.1, "its year is unknown"),
        (Some(wanted), Some(its)) => match wanted.abs_diff(its) {
            0 => note.add(0.0, "year fits"),
            1 => note.add(-0.05, "year 1 off"),
            off => note.add(if off <= 3 { -0.25 } else { -0.3 }, format!("year {off} off")),
        },
    }
    note
}

/// What the year of a name says of a series: the year it began, or the one in which these episodes were shown.
pub(crate) fn series_year(wanted: Option<u16>, began: Option<u16>, shown: Option<u16>) -> Note {
    let of_series = year(wanted, began);
    if of_series.score < -0.1
        && let Some(off) = wanted.zip(shown).map(|(wanted, shown)| wanted.abs_diff(shown))
        && off <= 1
    {
        let mut note = Note::default();
        note.add(if off == 0 { -0.12 } else { -0.17 }, "year of the season");
        return note;
    }
    of_series
}

/// What the country in a name says of where a work is from.
pub(crate) fn country(wanted: Option<&str>, origins: &[String]) -> Note {
    let mut note = Note::default();
    if let Some(wanted) = wanted.filter(|_| !origins.is_empty()) {
        if origins.iter().any(|origin| origin == wanted) {
            note.add(0.1, "from the country in the name");
        } else {
            note.add(-0.3, "from another country");
        }
    }
    note
}

/// How a file's length and a work's running time agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    Unknown,
    /// Within 8 %, which covers PAL and credits.
    Fits,
    /// Another cut, or advertisements.
    Near,
    /// More than 15 % off.
    Off,
    /// About twice as long, as two episodes are.
    Double,
    /// More than 35 % off.
    FarOff,
    /// Another sort of thing: a film, where an episode is meant.
    Absurd,
}

/// Compares `duration` with a running time of `minutes`.
pub(crate) fn runtime(duration: Option<Duration>, minutes: Option<u32>) -> Runtime {
    let (Some(duration), Some(minutes)) = (duration, minutes.filter(|&minutes| minutes > 0)) else {
        return Runtime::Unknown;
    };
    let seconds = duration.as_secs_f64();
    let ratio = seconds / (f64::from(minutes) * 60.0);
    // Running times are whole minutes.
    if (ratio - 1.0).abs() <= 0.08 || (seconds / 60.0 - f64::from(minutes)).abs() <= 1.0 {
        Runtime::Fits
    } else if (ratio - 1.0).abs() <= 0.15 {
        Runtime::Near
    } else if (1.85..=2.15).contains(&ratio) {
        Runtime::Double
    } else if !(0.3..=2.5).contains(&ratio) {
        Runtime::Absurd
    } else if (ratio - 1.0).abs() > 0.35 {
        Runtime::FarOff
    } else {
        Runtime::Off
    }
}

impl Runtime {
    /// In points; `fit` for one that fits.
    pub(crate) fn note(self, fit: f64) -> Note {
        let mut note = Note::default();
        match self {
            Self::Unknown => {}
            Self::Fits => note.add(fit, "length fits"),
            Self::Near => note.add(0.0, "length nearly fits"),
            Self::Off => note.add(-0.1, "length is off"),
            Self::Double => note.add(-0.15, "twice as long"),
            Self::FarOff => note.add(-0.3, "length is far off"),
            Self::Absurd => note.add(-0.5, "quite another length"),
        }
        note
    }

    /// Whether it is so far off that it speaks against the work.
    pub(crate) fn contradicts(self) -> bool {
        matches!(self, Self::FarOff | Self::Absurd | Self::Double)
    }
}

/// What it says that the episodes exist where they were found.
///
/// Where `counted_through` is not the custom, a bare `103` is the third episode of the first season rather than the 103rd.
pub(crate) fn existence(place: &Place, wanted: &Wanted, counted_through: bool) -> Note {
    let mut note = Note::default();
    let (points, why) = match place.how {
        // A bare `103` may be part of the title; `S2 - 03` is not.
        How::Written if !wanted.certain && wanted.absolute.is_empty() => {
            let points = if counted_through { -0.05 } else { 0.05 };
            (points, "the number may be part of the title")
        }
        How::Written if place.episodes.len() == 1 => (0.15, "episode exists"),
        How::Written => (0.15, "episodes exist"),
        How::OnlySeason => (0.1, "episode of the only season"),
        How::FirstSeason => (0.0, "no season is written; the first has it"),
        How::SeasonOfYear => (0.1, "season of that year"),
        How::NamedSeason => (0.15, "season of that name"),
        How::YearSeason => (0.1, "season named by its year"),
        How::Running | How::RunningAgreed if !counted_through && is_scene_number(wanted) => {
            (-0.05, "perhaps counted through all seasons")
        }
        How::Running => (0.05, "counted through all seasons"),
        How::RunningAgreed => (0.1, "counted through all seasons, as another order has it"),
        How::GoingOn => (0.0, "perhaps counted within the season"),
        How::Counted => (0.05, "counted on from the season before"),
        How::Order => (0.05, "found in another order of its episodes"),
        How::Day => (0.15, "shown that day"),
        How::DayBeside => (0.0, "shown a day earlier or later"),
        How::ByName => (0.0, "found by the episode's name"),
        How::Special => (-0.3, "specials are counted differently everywhere"),
    };
    note.add(points, why);
    note
}

/// A season and an episode written as one, such as `103`.
fn is_scene_number(wanted: &Wanted) -> bool {
    wanted.absolute.iter().any(|number| (101..=9999).contains(number))
}

/// What the words behind the numbers say of the episodes' names, and whether they are the name of one.
pub(crate) fn episode_name(words: Option<&str>, place: &Place) -> (Note, bool) {
    let mut note = Note::default();
    let compared = place.facts.iter().map(|episode| episode_names::compare(words, &episode.name));
    let mut other = false;
    for named in compared {
        match named {
            Named::Same => {
                note.add(0.1, "the episode's name is in the file's");
                return (note, true);
            }
            Named::Other => other = true,
            Named::Unsaid => {}
        }
    }
    if other {
        note.add(-0.1, "another name than the episode's");
    }
    (note, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_time_speaks_only_when_it_fits_or_is_off() {
        let of = |minutes: u64, its: u32| runtime(Some(Duration::from_secs(minutes * 60)), Some(its));
        assert_eq!(of(104, 100), Runtime::Fits);
        assert_eq!(of(96, 100), Runtime::Fits);
        assert_eq!(of(112, 100), Runtime::Near);
        assert_eq!(of(120, 100), Runtime::Off);
        assert_eq!(of(45, 22), Runtime::Double);
        assert_eq!(of(24, 60), Runtime::FarOff);
        assert_eq!(of(24, 100), Runtime::Absurd);
        assert_eq!(of(110, 24), Runtime::Absurd);
        assert_eq!(of(24, 0), Runtime::Unknown);
        assert_eq!(runtime(None, Some(100)), Runtime::Unknown);
    }

    #[test]
    fn a_year_is_a_penalty_and_never_a_filter() {
        let points = |wanted, its| (year(wanted, its).score * 100.0).round();
        assert!(points(Some(2020), Some(2020)).abs() < 0.1);
        assert!((points(Some(2020), Some(2021)) + 5.0).abs() < 0.1);
        assert!((points(Some(2020), Some(2018)) + 25.0).abs() < 0.1);
        assert!((points(Some(2020), Some(1990)) + 30.0).abs() < 0.1);
        assert!(points(None, Some(1990)).abs() < 0.1);
        let of_season = series_year(Some(2021), Some(2019), Some(2021));
        assert_eq!(of_season.because, ["year of the season"]);
        assert!(series_year(Some(2021), Some(2021), Some(2023)).score > of_season.score + 0.1);
    }

    #[test]
    fn the_nearest_title_counts() {
        let others = ["Der Pate".to_owned()];
        let its = Titles { title: "The Godfather", original: Some("Le Parrain"), others: &others };
        for (wanted, score) in [("Godfather", 1.0), ("Le parrain", 1.0), ("Der Pate", OTHER_TITLE)] {
            assert!((title(wanted, its).score - score).abs() < 1e-9, "{wanted}");
        }
        assert!(title("The Goodfellas", its).score < 0.75);
    }
}
