//! From one explicit id to an identity.

use std::path::Path;
use std::time::Duration;

use super::AnswerCache;
use super::clue::{Clue, Id, Target};
use super::identity::{
    Candidate, Confidence, EvidenceKind, HeldReason, Identified, Identity, MovieId, SeriesId,
};
use super::release_name::{Reading, ReadingKind};
use super::resolve::{Place, Wanted, places, runtime, titled};
use super::subject::is_movie_of_folder;
use super::titles;
use super::tmdb::{Details, Found, NoAnswer, Session};

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
    Hold(Stop),
    /// Nowhere; weaker evidence may know. The reason is for when it does not.
    Pass(Stop),
}

/// Why a clue leads nowhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stop {
    pub(crate) reason: HeldReason,
    /// What TMDB has or has not, for people.
    pub(crate) says: Option<String>,
}

impl From<HeldReason> for Stop {
    fn from(reason: HeldReason) -> Self {
        Self { reason, says: None }
    }
}

/// What is known besides the clue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) path: Option<&'a Path>,
    pub(crate) reading: Option<&'a Reading>,
    pub(crate) duration: Option<Duration>,
}

/// Follows `clue` as far as it leads.
pub(crate) async fn follow<C: AnswerCache>(
    session: &Session<'_, C>,
    clue: &Clue,
    around: Around<'_>,
) -> Step {
    let result = match &clue.id {
        Id::Tmdb(id) => follow_tmdb(session, clue, *id, around).await,
        Id::Imdb(_) | Id::Tvdb(_) => follow_other(session, clue, around).await,
    };
    result.unwrap_or_else(|error| Step::Pass(HeldReason::from(error).into()))
}

async fn follow_tmdb<C: AnswerCache>(
    session: &Session<'_, C>,
    clue: &Clue,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    match (clue.target, meant(clue, around)) {
        (Target::Movie, _) => movie(session, id, around).await,
        (Target::Series, _) | (Target::Unsaid, Meant::Episodes) => episodes(session, clue, id, around).await,
        (Target::Unsaid, Meant::Movie) => unsaid_movie(session, clue, id, around).await,
        (Target::Unsaid, Meant::Unclear) => unclear(session, clue, id, around).await,
        (Target::Episode, _) => Ok(Step::Pass(HeldReason::NotFound.into())),
    }
}

/// What the file is by its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    Movie,
    Episodes,
    /// It has a number that may be part of a movie's title.
    Unclear,
}

fn meant(clue: &Clue, around: Around<'_>) -> Meant {
    match around.reading {
        _ if clue.numbers.is_some() => Meant::Episodes,
        Some(reading) if reading.kind == ReadingKind::Episode => {
            if reading.certain {
                Meant::Episodes
            } else {
                Meant::Unclear
            }
        }
        _ => Meant::Movie,
    }
}

async fn movie<C: AnswerCache>(
    session: &Session<'_, C>,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let (label, confidence) = match session.movie(id).await {
        Ok(Some(details)) => (titled(&details.title, details.year()), CHECKED),
        Ok(None) => return Ok(Step::Pass(no_such_id("movie", id))),
        // The id is explicit: it holds without TMDB's word for it.
        Err(_) => (own_label(around), UNCHECKED),
    };
    Ok(found(Identity::Movie { tmdb: MovieId(id) }, label, confidence))
}

/// An id without a kind on a file that looks like a movie, or on a folder that may be a series'.
async fn unsaid_movie<C: AnswerCache>(
    session: &Session<'_, C>,
    clue: &Clue,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let belongs = around.path.is_none_or(|path| is_movie_of_folder(path, clue.above));
    let details = match session.movie(id).await {
        Ok(Some(details)) => details,
        Ok(None) => return Ok(Step::Pass(no_such_id("movie", id))),
        Err(_) if belongs => return movie(session, id, around).await,
        Err(error) => return Err(error),
    };
    let fits = fits(&details, around);
    let label = titled(&details.title, details.year());
    let far_off = runtime(around.duration, details.runtime).contradicts();
    let contradicts = around.reading.is_some_and(|reading| {
        let other_year = reading.year.zip(details.year()).is_some_and(|(one, other)| one.abs_diff(other) > 1);
        other_year && likeness(&details, &reading.title) < 0.6
    });
    if (belongs && contradicts) || (!belongs && !fits) {
        return Ok(contradicted(clue, around, movie_of(id, label)));
    }
    if !belongs && far_off {
        return Ok(doubtful(vec![movie_of(id, label)]));
    }
    if !belongs && session.series(id).await?.is_some_and(|series| self::fits(&series, around)) {
        return Ok(doubtful(vec![movie_of(id, label)]));
    }
    Ok(found(Identity::Movie { tmdb: MovieId(id) }, label, CHECKED))
}

/// An id without a kind on a file whose number may count an episode or belong to a movie's title.
async fn unclear<C: AnswerCache>(
    session: &Session<'_, C>,
    clue: &Clue,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let series = session.series(id).await?.filter(|details| fits(details, around));
    let movie = session.movie(id).await?.filter(|details| fits(details, around) || stem_is(details, around));
    match (series, movie) {
        (Some(_), None) => episodes(session, clue, id, around).await,
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
        let years = reading.year.zip(details.year());
        likeness(details, &reading.title) >= 0.8 && years.is_none_or(|(one, other)| one.abs_diff(other) <= 1)
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
    session: &Session<'_, C>,
    clue: &Clue,
    id: u64,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let by_name = around.reading.filter(|reading| reading.kind == ReadingKind::Episode);
    let wanted = match (&clue.numbers, by_name) {
        (Some((season, numbers)), _) => Wanted::in_season(*season, numbers.clone()),
        (None, Some(reading)) => Wanted::of(reading),
        (None, None) => Wanted::default(),
    };
    if wanted.is_empty() {
        return Ok(Step::Hold(HeldReason::Unreadable.into()));
    }
    // A TMDB number in an episode's own name may be the episode's, which another series has as its own.
    if let (Target::Unsaid, 0, Id::Tmdb(_), Some(reading)) = (clue.target, clue.above, &clue.id, by_name)
        && let Some(label) = another_series(session, id, reading).await?
    {
        return Ok(contradicted(clue, around, episodes_of(id, wanted.season, wanted.numbers(), label)));
    }
    in_series(session, id, &wanted, around).await
}

/// The name of the series `id` if none of its titles is the one that `reading` has. Without TMDB's word it is
/// taken to fit.
async fn another_series<C: AnswerCache>(
    session: &Session<'_, C>,
    id: u64,
    reading: &Reading,
) -> Result<Option<String>, NoAnswer> {
    let Some(details) = session.series(id).await.ok().flatten() else { return Ok(None) };
    let of = |title: &String| {
        likeness(&details, title) >= 0.8
            || details.other_titles.iter().any(|other| titles::likeness(other, title) >= 0.8)
    };
    let named = of(&reading.title) || reading.other_titles.iter().any(of);
    Ok((!named).then(|| titled(&details.title, details.year())))
}

/// The wanted episodes of the series `id`. Numbers that are certain hold without TMDB's word for them.
pub(crate) async fn in_series<C: AnswerCache>(
    session: &Session<'_, C>,
    id: u64,
    wanted: &Wanted,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let tmdb = SeriesId(id);
    let has_season = |details: &Details| {
        wanted.season.is_none_or(|season| details.seasons.iter().any(|its| its.season_number == season))
    };
    let found = match session.series_with(id, has_season).await {
        Ok(None) => return Ok(Step::Pass(no_such_id("series", id))),
        Ok(Some(series)) => places(session, &series, wanted).await.map(|places| (series, places)),
        Err(error) => Err(error),
    };
    let is_kept_otherwise = match (&found, wanted.season) {
        (Err(_), Some(season)) => session.is_kept_without(id, season, &wanted.episodes).await,
        _ => false,
    };
    match (found, wanted.season) {
        (Ok((series, places)), _) => {
            let identity = |season: u32, episodes: &[u32]| Identity::Episodes {
                tmdb,
                season,
                episodes: episodes.to_vec(),
            };
            match places.as_slice() {
                [one] => Ok(self::found(identity(one.season, &one.episodes), series.title, CHECKED)),
                // Another series of the same name may have such an episode, but it is not this one.
                [] => Ok(Step::Hold(no_such_episode(&series, wanted))),
                several => {
                    let label = titled(&series.title, series.year());
                    let candidate =
                        |place: &Place| episodes_of(id, Some(place.season), &place.episodes, label.clone());
                    Ok(doubtful(several.iter().map(candidate).collect()))
                }
            }
        }
        // As far as TMDB was heard before, it counts otherwise there.
        (Err(error), Some(_)) if is_kept_otherwise => Err(error),
        (Err(_), Some(season)) if wanted.certain && !wanted.episodes.is_empty() => {
            let identity = Identity::Episodes { tmdb, season, episodes: wanted.episodes.clone() };
            Ok(self::found(identity, own_label(around), UNCHECKED))
        }
        (Err(error), _) => Err(error),
    }
}

/// An id of IMDb's or TVDB's, by way of what TMDB knows it as.
async fn follow_other<C: AnswerCache>(
    session: &Session<'_, C>,
    clue: &Clue,
    around: Around<'_>,
) -> Result<Step, NoAnswer> {
    let Found { movie_results, tv_results, tv_episode_results } = session.find(&clue.id).await?;
    let meant = match clue.target {
        Target::Movie => Meant::Movie,
        Target::Series | Target::Episode => Meant::Episodes,
        Target::Unsaid => meant(clue, around),
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
        return in_series(session, episode.show_id, &Wanted::in_season(season, numbers), around).await;
    }
    match (meant, movie_results.first(), tv_results.first()) {
        (Meant::Movie, Some(movie), _) | (Meant::Unclear, Some(movie), None) => {
            let belongs = around.path.is_none_or(|path| is_movie_of_folder(path, clue.above));
            let label = titled(&movie.title, movie.year());
            if clue.target == Target::Unsaid && !belongs {
                return Ok(contradicted(clue, around, movie_of(movie.id, label)));
            }
            Ok(found(Identity::Movie { tmdb: MovieId(movie.id) }, label, CHECKED))
        }
        (Meant::Episodes | Meant::Unclear, _, Some(series)) => {
            episodes(session, clue, series.id, around).await
        }
        (_, movie, series) => {
            let kind = match meant {
                _ if movie.is_none() && series.is_none() => "movie or series",
                Meant::Movie => "movie",
                Meant::Episodes | Meant::Unclear => "series",
            };
            let says = format!("TMDB has no {kind} with the id {}", clue.id);
            Ok(Step::Pass(Stop { reason: HeldReason::NotFound, says: Some(says) }))
        }
    }
}

/// How alike `title` and the nearer of a work's two titles are, 0 to 1.
fn likeness(details: &Details, title: &str) -> f64 {
    let original = details.original_title.as_deref();
    titles::likeness(&details.title, title)
        .max(original.map_or(0.0, |original| titles::likeness(original, title)))
}

/// Nothing that may be decided without the user.
fn doubtful(candidates: Vec<Candidate>) -> Step {
    Step::Hold(HeldReason::Ambiguous { candidates }.into())
}

/// An id of a work that the file's own name contradicts.
fn contradicted(clue: &Clue, around: Around<'_>, candidate: Candidate) -> Step {
    let place = match (clue.evidence.kind, clue.above) {
        (EvidenceKind::NameId, 0) => "the id in the file's name",
        (EvidenceKind::NameId, _) => "the id in the folder's name",
        _ => "the id beside the file",
    };
    let says = format!("{place} is {}, and the file's name reads as {}", candidate.label, own_label(around));
    Step::Hold(Stop { reason: HeldReason::Ambiguous { candidates: vec![candidate] }, says: Some(says) })
}

fn no_such_id(kind: &str, id: u64) -> Stop {
    Stop { reason: HeldReason::NotFound, says: Some(format!("TMDB has no {kind} with the id {id}")) }
}

fn no_such_episode(series: &Details, wanted: &Wanted) -> Stop {
    let says = wanted.missing_from(&titled(&series.title, series.year()));
    Stop { reason: HeldReason::NotFound, says: Some(says) }
}

pub(crate) fn movie_of(id: u64, label: String) -> Candidate {
    Candidate { identity: Identity::Movie { tmdb: MovieId(id) }, label, score: DOUBTFUL, because: Vec::new() }
}

/// Without a season, the first.
pub(crate) fn episodes_of(id: u64, season: Option<u32>, episodes: &[u32], label: String) -> Candidate {
    let season = season.unwrap_or(1);
    let identity = Identity::Episodes { tmdb: SeriesId(id), season, episodes: episodes.to_vec() };
    Candidate { identity, label, score: DOUBTFUL, because: Vec::new() }
}

fn found(identity: Identity, label: String, confidence: f64) -> Step {
    Step::Found(Identified {
        identity,
        label,
        absolute: Vec::new(),
        evidence: Vec::new(),
        confidence: Confidence::new(confidence),
    })
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
            NoAnswer::Enough => Self::Ambiguous { candidates: Vec::new() },
        }
    }
}
