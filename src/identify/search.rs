//! From a reading to an identity by searching TMDB.

use std::time::Duration;

use super::AnswerCache;
use super::identity::{Candidate, Identity, MovieId, SeriesId};
use super::place::{Placed, place};
use super::release_name::{Reading, ReadingKind, country};
use super::titles;
use super::tmdb::{Client, Hit, NoAnswer, Verdict, judge, score};

/// How many candidates are looked at closely.
const CLOSELY: usize = 5;
/// For how many candidates other titles are fetched.
const OTHER_TITLES: usize = 3;
/// What is less alike is not looked at closely.
const ALIKE: f64 = 0.55;

/// Searches for what `reading` names, and judges what is found.
pub(crate) async fn search<C: AnswerCache>(
    client: &Client<C>,
    reading: &Reading,
    duration: Option<Duration>,
) -> Result<Verdict, NoAnswer> {
    match reading.kind {
        ReadingKind::Movie => movies(client, reading, duration).await,
        ReadingKind::Episode if reading.numbers().is_empty() => Ok(Verdict::Nothing),
        ReadingKind::Episode => series(client, reading, duration).await,
    }
}

async fn movies<C: AnswerCache>(
    client: &Client<C>,
    reading: &Reading,
    duration: Option<Duration>,
) -> Result<Verdict, NoAnswer> {
    let mut judged = judge_movies(client, &reading.title, reading.year, duration).await?;
    if let Some(year) = reading.year
        && !judged.iter().any(|candidate| candidate.score >= score::ENOUGH)
    {
        // The year may be the title's own: `Wonder Woman 1984`.
        let whole = format!("{} {year}", reading.title);
        judged.extend(judge_movies(client, &whole, None, duration).await?);
    }
    Ok(judge(judged))
}

async fn judge_movies<C: AnswerCache>(
    client: &Client<C>,
    title: &str,
    year: Option<u16>,
    duration: Option<Duration>,
) -> Result<Vec<Candidate>, NoAnswer> {
    let found = client.search_movies(title, year).await?;
    let mut judged = Vec::new();
    for (candidate, likeness) in alike(client, "movie", found, title).await? {
        let details = client.movie(candidate.id).await?;
        let minutes = details.and_then(|details| details.runtime);
        // With the year open, a fitting length must not choose between namesakes.
        let (open, fit) = if year.is_some() { (0.0, 0.1) } else { (score::NO_YEAR, 0.08) };
        let years = score::year(year, candidate.year());
        let score = likeness + open + years + score::runtime(duration, minutes, fit);
        let label = titled(&candidate.title, candidate.year());
        judged.push(Candidate { identity: Identity::Movie { tmdb: MovieId(candidate.id) }, label, score });
    }
    Ok(judged)
}

async fn series<C: AnswerCache>(
    client: &Client<C>,
    reading: &Reading,
    duration: Option<Duration>,
) -> Result<Verdict, NoAnswer> {
    let found = client.search_series(&reading.title, reading.year).await?;
    let mut candidates = alike(client, "tv", found, &reading.title).await?;
    let exact = candidates.iter().any(|(_, likeness)| *likeness >= 1.0);
    if !exact && let Some((title, country)) = with_country(&reading.title) {
        let found = client.search_series(title, reading.year).await?;
        for (candidate, likeness) in alike(client, "tv", found, title).await? {
            let from_there = candidate.origin_country.iter().any(|origin| origin == country);
            let likeness = if from_there { likeness } else { likeness - 0.3 };
            match candidates.iter_mut().find(|(known, _)| known.id == candidate.id) {
                Some((_, known)) => *known = known.max(likeness),
                None => candidates.push((candidate, likeness)),
            }
        }
    }
    if let Some(country) = reading.country.as_deref() {
        for (candidate, likeness) in &mut candidates {
            if !candidate.origin_country.iter().any(|origin| origin == country) {
                *likeness -= 0.3;
            }
        }
    }
    let mut judged = Vec::new();
    for (candidate, likeness) in candidates {
        let placed = place(client, candidate.id, reading.season, reading.numbers()).await?;
        let Placed::At { season, episodes, first } = placed else { continue };
        let mut years = score::year(reading.year, candidate.year());
        if reading.year.zip(first.year()).is_some_and(|(wanted, aired)| wanted.abs_diff(aired) <= 1) {
            // A name may carry the year of its season.
            years = years.max(-0.05);
        }
        let exists = match (reading.season, reading.certain) {
            _ if years < -0.2 => 0.0,
            // Catalogues number specials each in their own way.
            (Some(0), _) => -0.3,
            (Some(_), true) => 0.15,
            // A bare `103` may be part of the title.
            (Some(_), false) => score::NO_YEAR,
            (None, _) => 0.05,
        };
        let minutes = first.runtime.filter(|_| episodes.len() == 1);
        let score = likeness + years + exists + score::runtime(duration, minutes, 0.1);
        let label = titled(&candidate.title, candidate.year());
        let identity = Identity::Episodes { tmdb: SeriesId(candidate.id), season, episodes };
        judged.push(Candidate { identity, label, score });
    }
    Ok(judge(judged))
}

/// The candidates that are worth a closer look, with how alike their titles are; of equals the popular first.
async fn alike<C: AnswerCache>(
    client: &Client<C>,
    of: &str,
    found: Vec<Hit>,
    title: &str,
) -> Result<Vec<(Hit, f64)>, NoAnswer> {
    let scored = |candidate: Hit| {
        let likeness = candidate.likeness(title);
        (candidate, likeness)
    };
    let mut alike: Vec<(Hit, f64)> = found.into_iter().map(scored).collect();
    if !alike.iter().any(|(_, likeness)| *likeness >= 1.0) {
        for (candidate, likeness) in alike.iter_mut().take(OTHER_TITLES) {
            let others = client.other_titles(of, candidate.id).await?;
            if others.iter().any(|other| titles::likeness(other, title) >= 1.0) {
                *likeness = likeness.max(score::OTHER_TITLE);
            }
        }
    }
    alike.retain(|(_, likeness)| *likeness >= ALIKE);
    alike.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(other.popularity.total_cmp(&one.popularity)));
    alike.truncate(CLOSELY);
    Ok(alike)
}

/// `The Office US` as the title without its country, and the country.
fn with_country(title: &str) -> Option<(&str, &'static str)> {
    let (rest, last) = title.trim_end_matches(')').rsplit_once([' ', '('])?;
    let rest = rest.trim_end_matches([' ', '(']);
    Some((rest, country(last)?)).filter(|(rest, _)| !rest.is_empty())
}

/// `Title (year)`.
pub(crate) fn titled(title: &str, year: Option<u16>) -> String {
    match year {
        Some(year) => format!("{title} ({year})"),
        None => title.to_owned(),
    }
}
