//! Reads names from files of JSON objects, one a line with the name as `input`, and prints what each is taken to say in
//! the same form. With `--time` it only measures, and says on standard error how long a name takes.

use std::io::{self, Write};
use std::time::Duration;
use std::{env, fs};

use discovr_scrobbler::identify::release_name::{self, Reading, ReadingKind};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let (options, files): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|word| word.starts_with("--"));
    let mut names = Vec::new();
    for file in &files {
        for line in fs::read_to_string(file)?.lines().filter(|line| !line.trim().is_empty()) {
            let record: Value = serde_json::from_str(line)?;
            names.extend(record["input"].as_str().map(str::to_owned));
        }
    }
    if options.iter().any(|option| option == "--time") {
        return time(&names);
    }
    let mut out = io::stdout().lock();
    for name in &names {
        writeln!(out, "{}", prediction(name))?;
    }
    Ok(())
}

/// What a name is taken to say, as the first reading has it.
fn prediction(name: &str) -> Value {
    let mut said = json!({"input": name});
    if let Some(reading) = release_name::read(name).into_iter().next() {
        said["kind"] = match reading.kind {
            ReadingKind::Movie => "movie",
            ReadingKind::Episode => "episode",
        }
        .into();
        said["season"] = reading.season.into();
        // The format has no place for a part: a day's second part is its second episode.
        let part: Vec<u32> = reading.part.filter(|_| reading.date.is_some()).into_iter().collect();
        said["episode"] = if part.is_empty() { Reading::numbers(&reading) } else { &part[..] }.into();
        said["absolute_episode"] = reading.absolute.into();
        said["date"] = reading.date.map(|date| date.to_string()).into();
        said["title"] = reading.title.into();
        // Where a year is the season, the format has it as both.
        let of_season = reading.season.filter(|season| *season >= 1900);
        said["year"] = reading.year.map(u32::from).or(of_season).into();
        said["country"] = reading.country.into();
        said["alt_titles"] = reading.other_titles.into();
    } else if let Some(alone) = release_name::numbers_alone(name) {
        said["kind"] = "episode".into();
        said["season"] = alone.season.into();
        said["episode"] =
            if alone.episodes.is_empty() { &alone.absolute[..] } else { &alone.episodes[..] }.into();
        said["absolute_episode"] = alone.absolute.into();
        said["date"] = alone.date.map(|date| date.to_string()).into();
    }
    said
}

/// Measures reading against a pass over the same names that only puts them into lower case and splits them.
fn time(names: &[String]) -> io::Result<()> {
    const ROUNDS: usize = 20;
    let plain = |name: &str| {
        name.to_lowercase().split(|char: char| !char.is_alphanumeric()).map(str::len).sum::<usize>()
    };
    let (base, _) = fastest(ROUNDS, || names.iter().map(|name| plain(name)).sum());
    let (read, readings) = fastest(ROUNDS, || names.iter().map(|name| release_name::read(name).len()).sum());
    let count = u32::try_from(names.len()).unwrap_or(u32::MAX).max(1);
    let each = read / count;
    let ratio = read.as_secs_f64() / base.as_secs_f64().max(f64::EPSILON);
    let per_second = f64::from(count) / read.as_secs_f64().max(f64::EPSILON);
    writeln!(
        io::stderr(),
        "{count} names, {readings} readings: {per_second:.0} names/s, {:.2} µs a name, {ratio:.1} times what \
         putting into lower case and splitting takes",
        each.as_secs_f64() * 1e6,
    )
}

/// The shortest of several rounds, with what the last one counted.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn fastest(rounds: usize, mut work: impl FnMut() -> usize) -> (Duration, usize) {
    let mut best = Duration::MAX;
    let mut count = 0;
    for _ in 0..rounds {
        let started = std::time::Instant::now();
        count = std::hint::black_box(work());
        best = best.min(started.elapsed());
    }
    (best, count)
}
