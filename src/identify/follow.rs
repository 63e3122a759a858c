//! From one explicit id to an identity.

use std::path::Path;
use std::time::Duration;

use super::AnswerCache;
use super::clue::{Clue, Id, Target};
use super::identity::{Candidate, Confidence, HeldReason, Identified, Identity, MovieId, SeriesId};
use super::place::{Placed, place};
use super::release_name::{Reading, ReadingKind};
use super::search::titled;
use super::subject::is_movie_of_folder;
use super::titles;
use super::tmdb::{Client, Details, Found, NoAnswer, score};

/// How sure an explicit id is that TMDB knows, and one that could not be checked.
const CHECKED: f64 = 0.98;
const UNCHECKED: f64 = 0.95;
/// The score of what an explicit id points at and something else contradicts.
const DOUBTFUL: f64 = 0.5;

/// What a clue leads to.
#[derive(Debug)]
pub(crate) enum Step {
    /// There.
    Found(Identified),
    /// Nowhere, and weaker evidence must not overrule it.
    Hold(HeldReason),
    /// Nowhere; weaker evidence may know. The reason is for when it does not.
    Pass(HeldReason),
}

/// What is known besides the clue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) path: Option<&'a Path>,
    pub(crate) reading: Option<&'a Reading>,
    pub(crate) duration: Option<Duration>,
}

/// Follows `clue` as far as it leads.
pub(crate) async fn follow<C: AnswerCache>(client: &Client<C>, clue: &Clue, around: Around<'_>) -> Step {
    let result = match &clue.id {
        Id::Tmdb(id) => follow_tmdb(client, clue, *id, around).await,
        Id::Imdb(_) | Id::Tvdb(_) => follow_other(client, clue, around).await,
    };
    result.unwrap_or_else(|error| Step::Pass(error.into()))
}

async fn follow_tmdb<C: AnswerCache>(
    client: &Client<C>,
    clue: &Clue,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    match (clue.target, wanted(clue, around)) {
        (Target::Movie, _) => movie(client, id, around).await,
        (Target::Series, _) | (Target::Unsaid, Wanted::Episodes) => episodes(client, clue, id, around).await,
        (Target::Unsaid, Wanted::Movie) => unsaid_movie(client, clue, id, around).await,
        (Target::Unsaid, Wanted::Unclear) => unclear(client, clue, id, around).await,
        (Target::Episode, _) => Ok(Step::Pass(HeldReason::NotFound)),
    }
}

/// What the file is by its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Movie,
    Episodes,
    /// It has a number that may be part of a movie's title.
    Unclear,
}

fn wanted(clue: &Clue, around: Around<'_>) -> Wanted {
    match around.reading {
        _ if clue.numbers.is_some() => Wanted::Episodes,
        Some(reading) if reading.kind == ReadingKind::Episode => {
            if reading.certain {
                Wanted::Episodes
            } else {
                Wanted::Unclear
            }
        }
        _ => Wanted::Movie,
    }
}

async fn movie<C: AnswerCache>(client: &Client<C>, id: u64, around: Around<'_>) -> Result<Step, NoAnswer> {
    let (label, confidence) = match client.movie(id).await {
        Ok(Some(details)) => (titled(&details.title, details.year()), CHECKED),
        Ok(None) => return Ok(Step::Pass(HeldReason::NotFound)),
        // The id is explicit: it holds without TMDB's word for it.
        Err(_) => (own_label(around), UNCHECKED),
    };
    Ok(found(Identity::Movie { tmdb: MovieId(id) }, label, confidence))
}

/// An id without a kind on a file that looks like a movie, or on a folder that may be a series'.
async fn unsaid_movie<C: AnswerCache>(
    client: &Client<C>,
    clue: &Clue,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let belongs = around.path.is_none_or(|path| is_movie_of_folder(path, clue.above));
    let details = match client.movie(id).await {
        Ok(Some(details)) => details,
        Ok(None) => return Ok(Step::Pass(HeldReason::NotFound)),
        Err(_) if belongs => return movie(client, id, around).await,
        Err(error) => return Err(error),
    };
    let fits = fits(&details, around);
    let label = titled(&details.title, details.year());
    let far_off = score::runtime(around.duration, details.runtime, 0.0) < 0.0;
    let contradicts = around.reading.is_some_and(|reading| {
        let other_year = reading.year.zip(details.year()).is_some_and(|(one, other)| one.abs_diff(other) > 1);
        other_year && details.likeness(&reading.title) < 0.6
    });
    if (belongs && contradicts) || (!belongs && (!fits || far_off)) {
        return Ok(doubtful(vec![movie_of(id, label)]));
    }
    if !belongs && client.series(id).await?.is_some_and(|series| self::fits(&series, around)) {
        return Ok(doubtful(vec![movie_of(id, label)]));
    }
    Ok(found(Identity::Movie { tmdb: MovieId(id) }, label, CHECKED))
}

/// An id without a kind on a file whose number may count an episode or belong to a movie's title.
async fn unclear<C: AnswerCache>(
    client: &Client<C>,
    clue: &Clue,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let series = client.series(id).await?.filter(|details| fits(details, around));
    let movie = client.movie(id).await?.filter(|details| fits(details, around) || stem_is(details, around));
    match (series, movie) {
        (Some(_), None) => episodes(client, clue, id, around).await,
        (None, Some(details)) => {
            let label = titled(&details.title, details.year());
            Ok(found(Identity::Movie { tmdb: MovieId(id) }, label, CHECKED))
        }
        (series, movie) => {
            let named = |details: &Details| titled(&details.title, details.year());
            let (season, numbers) = around
                .reading
                .map_or((None, Vec::new()), |reading| (reading.season, reading.numbers().to_vec()));
            let series = series.map(|details| episodes_of(id, season, &numbers, named(&details)));
            let movie = movie.map(|details| movie_of(id, named(&details)));
            Ok(doubtful(series.into_iter().chain(movie).collect()))
        }
    }
}

fn fits(details: &Details, around: Around<'_>) -> bool {
    around.reading.is_some_and(|reading| {
        details.likeness(&reading.title) >= 0.8 && score::year(reading.year, details.year()) > -0.2
    })
}

/// Whether the file's name, number and all, begins with the work's title.
fn stem_is(details: &Details, around: Around<'_>) -> bool {
    let stem = around.path.and_then(Path::file_stem).map(|stem| titles::normal(&stem.to_string_lossy()));
    let title = titles::normal(&details.title);
    stem.is_some_and(|stem| !title.is_empty() && stem.starts_with(&title))
}

/// Episodes of the series `id`, by the clue's numbers or the name's.
async fn episodes<C: AnswerCache>(
    client: &Client<C>,
    clue: &Clue,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let by_name = around.reading.filter(|reading| reading.kind == ReadingKind::Episode);
    let (season, numbers, certain) = match (&clue.numbers, by_name) {
        (Some((season, numbers)), _) => (Some(*season), numbers.clone(), true),
        (None, Some(reading)) => (reading.season, reading.numbers().to_vec(), reading.certain),
        (None, None) => (None, Vec::new(), false),
    };
    if numbers.is_empty() {
        return Ok(Step::Hold(HeldReason::Unreadable));
    }
    // A TMDB number in an episode's own name may be the episode's, which another series has as its own.
    if let (Target::Unsaid, 0, Id::Tmdb(_), Some(reading)) = (clue.target, clue.above, &clue.id, by_name)
        && let Some(label) = another_series(client, id, reading).await?
    {
        return Ok(doubtful(vec![episodes_of(id, season, &numbers, label)]));
    }
    in_series(client, id, season, numbers, certain, around).await
}

/// The name of the series `id` if none of its titles is the one that `reading` has. Without TMDB's word it is
/// taken to fit.
async fn another_series<C: AnswerCache>(
    client: &Client<C>,
    id: u64,
    reading: &Reading,
) -> Result<Option<String>, NoAnswer> {
    let Some(details) = client.series(id).await.ok().flatten() else { return Ok(None) };
    if details.likeness(&reading.title) >= 0.8 {
        return Ok(None);
    }
    let others = client.other_titles("tv", id).await?;
    let named = others.iter().any(|other| titles::likeness(other, &reading.title) >= 0.8);
    Ok((!named).then(|| titled(&details.title, details.year())))
}

/// Given episodes of the series `id`. Numbers that are certain hold without TMDB's word for them.
pub(crate) async fn in_series<C: AnswerCache>(
    client: &Client<C>,
    id: u64,
    season: Option<u32>,
    numbers: Vec<u32>,
    certain: bool,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let tmdb = SeriesId(id);
    match (place(client, id, season, &numbers).await, season) {
        (Ok(Placed::At { season, episodes, .. }), _) => {
            let series = client.series(id).await.ok().flatten();
            let label = series.map_or_else(|| own_label(around), |details| details.title);
            Ok(found(Identity::Episodes { tmdb, season, episodes }, label, CHECKED))
        }
        // Another series of the same name may have such an episode, but it is not this one.
        (Ok(Placed::Nowhere), _) => match client.series(id).await {
            Ok(None) => Ok(Step::Pass(HeldReason::NotFound)),
            _ => Ok(Step::Hold(HeldReason::NotFound)),
        },
        (Ok(Placed::Unclear), _) => Ok(Step::Hold(HeldReason::Ambiguous { candidates: Vec::new() })),
        (Err(_), Some(season)) if certain => {
            let identity = Identity::Episodes { tmdb, season, episodes: numbers };
            Ok(found(identity, own_label(around), UNCHECKED))
        }
        (Err(error), _) => Err(error),
    }
}

/// An id of IMDb's or TVDB's, by way of what TMDB knows it as.
async fn follow_other<C: AnswerCache>(
    client: &Client<C>,
    clue: &Clue,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let Found { movie_results, tv_results, tv_episode_results } = client.find(&clue.id).await?;
    let wanted = match clue.target {
        Target::Movie => Wanted::Movie,
        Target::Series | Target::Episode => Wanted::Episodes,
        Target::Unsaid => wanted(clue, around),
    };
    // TVDB counts series and episodes apart: only what is said to be an episode's number is one.
    let may_be_episode = match clue.target {
        Target::Episode => true,
        Target::Unsaid => clue.above == 0 && matches!(clue.id, Id::Imdb(_)),
        Target::Movie | Target::Series => false,
    };
    if let Some(episode) = tv_episode_results.first().filter(|_| may_be_episode) {
        let its = (episode.season_number, episode.episode_number);
        let by_name =
            around.reading.filter(|reading| reading.kind == ReadingKind::Episode && reading.certain);
        let stated = clue
            .numbers
            .clone()
            .or_else(|| by_name.and_then(|found| Some((found.season?, found.episodes.clone()))));
        let (season, numbers) = stated.unwrap_or((its.0, vec![its.1]));
        if season != its.0 || !numbers.contains(&its.1) {
            // The catalogues count differently, or the id is another episode's.
            let label = own_label(around);
            return Ok(doubtful(vec![
                episodes_of(episode.show_id, Some(its.0), &[its.1], label.clone()),
                episodes_of(episode.show_id, Some(season), &numbers, label),
            ]));
        }
        return in_series(client, episode.show_id, Some(season), numbers, true, around).await;
    }
    match (wanted, movie_results.first(), tv_results.first()) {
        (Wanted::Movie, Some(movie), _) | (Wanted::Unclear, Some(movie), None) => {
            let belongs = around.path.is_none_or(|path| is_movie_of_folder(path, clue.above));
            let label = titled(&movie.title, movie.year());
            if clue.target == Target::Unsaid && !belongs {
                return Ok(doubtful(vec![movie_of(movie.id, label)]));
            }
            Ok(found(Identity::Movie { tmdb: MovieId(movie.id) }, label, CHECKED))
        }
        (Wanted::Episodes | Wanted::Unclear, _, Some(series)) => {
            episodes(client, clue, series.id, around).await
        }
        _ => Ok(Step::Pass(HeldReason::NotFound)),
    }
}

/// Nothing that may be decided without the user.
fn doubtful(candidates: Vec<Candidate>) -> Step {
    Step::Hold(HeldReason::Ambiguous { candidates })
}

pub(crate) fn movie_of(id: u64, label: String) -> Candidate {
    Candidate { identity: Identity::Movie { tmdb: MovieId(id) }, label, score: DOUBTFUL }
}

/// Without a season, the first.
pub(crate) fn episodes_of(id: u64, season: Option<u32>, episodes: &[u32], label: String) -> Candidate {
    let season = season.unwrap_or(1);
    let identity = Identity::Episodes { tmdb: SeriesId(id), season, episodes: episodes.to_vec() };
    Candidate { identity, label, score: DOUBTFUL }
}

fn found(identity: Identity, label: String, confidence: f64) -> Step {
    Step::Found(Identified { identity, label, evidence: Vec::new(), confidence: Confidence::new(confidence) })
}

/// What the name itself calls it, for when TMDB cannot be asked.
pub(crate) fn own_label(around: Around<'_>) -> String {
    match around.reading {
        Some(reading) if reading.kind == ReadingKind::Movie => titled(&reading.title, reading.year),
        Some(reading) => reading.title.clone(),
        None => {
            let stem = around.path.and_then(Path::file_stem);
            stem.map_or_else(|| "unnamed media".to_owned(), |stem| stem.to_string_lossy().into_owned())
        }
    }
}

impl From<NoAnswer> for HeldReason {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::NoToken => Self::NoToken,
            NoAnswer::Failed(error) => Self::LookupFailed { error },
        }
    }
}
