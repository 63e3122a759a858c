//! Seasons as the catalogue writes them: `1:7@2008-01-20/7~47`, which is season 1 with 7 episodes from that day on, every
//! 7 days, of 47 minutes each. All but number and count may be left out: `#21` is the number of the first episode, `/wd`
//! every weekday, `/mt` Monday to Thursday, `/0` all on one day; a year alone begins in September.

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan};

/// A season of a series.
#[derive(Debug)]
pub(super) struct Season {
    pub(super) id: u64,
    /// 0 holds the specials.
    pub(super) number: u32,
    pub(super) name: String,
    /// `YYYY-MM-DD`.
    pub(super) date: Option<String>,
    pub(super) episodes: Vec<Episode>,
}

/// An episode of a season.
#[derive(Debug)]
pub(super) struct Episode {
    pub(super) id: u64,
    pub(super) number: u32,
    pub(super) name: String,
    /// `YYYY-MM-DD`.
    pub(super) date: Option<String>,
    /// In minutes.
    pub(super) runtime: Option<u32>,
}

impl Season {
    /// Reads `spec`. `name` is the season's, if it has one of its own; `names` gives the episodes' names in order, each perhaps with a day and a length of its own:
    /// `Voyage of the Damned @2007-12-25 ~72`. Ids count on from `next_id`.
    ///
    /// # Panics
    /// When the catalogue is not written as it should be.
    pub(super) fn read(
        spec: &str,
        name: Option<&str>,
        names: &[String],
        runtime: Option<u32>,
        next_id: &mut u64,
    ) -> Self {
        let mut id = || {
            *next_id += 1;
            *next_id
        };
        let (number, rest) = spec.split_once(':').unwrap_or_else(|| panic!("no season: {spec}"));
        let at = rest.find(['@', '/', '~', '#']).unwrap_or(rest.len());
        let (count, rest) = rest.split_at(at);
        let field = |mark: char| {
            let (_, text) = rest.split_once(mark)?;
            Some(&text[..text.find(['@', '/', '~', '#']).unwrap_or(text.len())])
        };
        let whole = |text: &str| text.parse::<u32>().unwrap_or_else(|_| panic!("no number in {spec}"));
        let (first, runtime) =
            (field('#').map_or(1, whole), field('~').map_or(runtime, |text| Some(whole(text))));
        let mut day = field('@').map(begin);
        let step = field('/').unwrap_or("7");
        let season_id = id();
        let begins = day.map(|day| day.to_string());
        let episodes = (0..whole(count))
            .map(|index| {
                let (mut name, mut on, mut minutes) =
                    (String::new(), day, runtime.filter(|&minutes| minutes > 0));
                if let Some(text) = names.get(index as usize) {
                    let mut parts = text.split(" ~");
                    let head = parts.next().unwrap_or_default();
                    minutes = parts.next().map(whole).or(minutes);
                    let (head, own) =
                        head.split_once(" @").map_or((head, None), |(head, day)| (head, Some(day)));
                    on = own.map(begin).or(on);
                    head.clone_into(&mut name);
                }
                if name.is_empty() {
                    name = format!("Episode {}", first + index);
                }
                day = day.map(|day| following(day, step));
                Episode {
                    id: id(),
                    number: first + index,
                    name,
                    date: on.map(|day| day.to_string()),
                    runtime: minutes,
                }
            })
            .collect();
        let number = whole(number);
        let name = name.map_or_else(
            || if number == 0 { "Specials".to_owned() } else { format!("Season {number}") },
            str::to_owned,
        );
        Self { id: season_id, number, name, date: begins, episodes }
    }
}

fn begin(text: &str) -> Date {
    match text.parse::<i16>() {
        Ok(year) => date(year, 9, 10),
        Err(_) => text.parse().unwrap_or_else(|_| panic!("no day: {text}")),
    }
}

fn following(day: Date, step: &str) -> Date {
    let last = match step {
        "wd" => Weekday::Friday,
        "mt" => Weekday::Thursday,
        days => {
            let days: i64 = days.parse().unwrap_or_else(|_| panic!("no step: {days}"));
            return plus(day, days.days());
        }
    };
    let skip = if day.weekday() == last { 8 - i64::from(last.to_monday_one_offset()) } else { 1 };
    plus(day, skip.days())
}

fn plus(day: Date, span: Span) -> Date {
    day.checked_add(span).unwrap_or_else(|_| panic!("{day} is the last day there is"))
}
