//! One work that a search found, weighed against one reading.

use std::time::Duration;

use super::numbering::{How, Place};
use super::queries::Variant;
use super::score::{self, NO_YEAR, Note, Runtime, SAME_TITLE, Titles};
use super::verdict::Scored;
use super::wanted::Wanted;
use crate::identify::identity::{Candidate, Identity, MovieId, SeriesId};
use crate::identify::titles;
use crate::identify::tmdb::{Details, Hit};

/// What a title that is not the work's own can reach at most, unless something else speaks for it.
const DOUBTFUL_TITLE: f64 = 0.84;
/// What one that is hardly alike can reach.
const OTHER_WORK: f64 = 0.8;
/// A title below this is hardly alike.
const HARDLY_ALIKE: f64 = 0.75;
/// A title of so many words that nothing else has says as much as one with a year.
const TELLING_WORDS: usize = 3;
const NO_YEAR_BUT_TELLING: f64 = -0.12;
/// From here on a year is another year.
const OTHER_YEAR: f64 = -0.2;

/// How a title and a year fit, in the way of understanding the name that fits best.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fit<'a> {
    pub(crate) note: Note,
    /// Of the title alone.
    pub(crate) title: f64,
    /// Of the year alone.
    pub(crate) year: f64,
    /// The name says another country.
    pub(crate) foreign: bool,
    pub(crate) variant: &'a Variant,
}

/// What else is known of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    pub(crate) duration: Option<Duration>,
    /// What its reading loses for not being the likeliest.
    pub(crate) loss: f64,
    /// The series that most other files of the folder are of.
    pub(crate) siblings: Option<u64>,
    pub(crate) reading: usize,
    /// Nothing else of that title was found.
    pub(crate) alone: bool,
}

/// How a work fits as far as a search tells.
pub(crate) fn first_fit<'a>(hit: &Hit, variants: &'a [Variant], of_series: bool) -> Option<Fit<'a>> {
    let titles = Titles { title: &hit.title, original: hit.original_title.as_deref(), others: &[] };
    best(variants, |variant| {
        let years = score::year(variant.year, hit.year());
        // A series' name may carry the year of a season.
        let years = if of_series && years.score < -0.12 { Note { score: -0.12, ..years } } else { years };
        fit(variant, titles, years, &hit.origin_country)
    })
}

fn fit<'a>(variant: &'a Variant, titles: Titles<'_>, years: Note, origins: &[String]) -> Fit<'a> {
    let mut note = score::title(&variant.title, titles);
    let (title, year) = (note.score, years.score);
    note.join(years);
    let country = score::country(variant.country.as_deref(), origins);
    let foreign = country.score < 0.0;
    note.join(country);
    note.score -= variant.loss;
    Fit { note, title, year, foreign, variant }
}

fn best<'a>(variants: &'a [Variant], of: impl Fn(&'a Variant) -> Fit<'a>) -> Option<Fit<'a>> {
    let fits: Vec<Fit<'a>> = variants.iter().map(of).collect();
    // Of equals the first: it is the likeliest.
    let better = |one: Fit<'a>, other: Fit<'a>| if other.note.score > one.note.score { other } else { one };
    let mut best = fits.iter().cloned().reduce(better)?;
    // A work that explains more of the name than a shorter understanding of it does.
    let words = titles::normal(&best.variant.title);
    let fuller = fits.iter().any(|fit| {
        let more = titles::normal(&fit.variant.title);
        fit.title >= SAME_TITLE
            && fit.year >= best.year - 1e-9
            && more.len() > words.len()
            && more.contains(&words)
    });
    if best.title >= SAME_TITLE && fuller {
        best.note.add(0.1, "all words of the name");
    }
    Some(best)
}

/// A movie that was looked at closely.
pub(crate) fn movie(hit: &Hit, details: &Details, variants: &[Variant], context: Context) -> Option<Scored> {
    let titles = titles_of(details);
    let mut fit = best(variants, |variant| {
        let telling = context.alone && titles::normal(&variant.title).split(' ').count() >= TELLING_WORDS;
        let open = match (variant.year, telling) {
            (Some(_), _) => 0.0,
            (None, true) => NO_YEAR_BUT_TELLING,
            (None, false) => NO_YEAR,
        };
        let mut fit =
            fit(variant, titles, score::year(variant.year, details.year()), &details.origin_country);
        fit.note.score += open;
        fit
    })?;
    let open = fit.variant.year.is_none();
    if open {
        fit.note.because.push("no year to go by".to_owned());
    }
    let runtime = score::runtime(context.duration, details.runtime);
    let points = match (open, fit.year <= OTHER_YEAR) {
        // With the year open, a fitting length must not choose between namesakes.
        (true, _) => 0.08,
        // Most films are about as long.
        (false, true) => 0.0,
        (false, false) => 0.1,
    };
    let year_is_right = !open && fit.year >= -1e-9;
    if year_is_right && fit.title >= SAME_TITLE && is_longer_cut(context.duration, details.runtime) {
        fit.note.add(-0.12, "longer, as another cut may be");
    } else {
        fit.note.join(runtime.note(points));
    }
    limit(&mut fit, year_is_right);
    fit.note.score -= context.loss;
    let label = titled(&details.title, details.year());
    let identity = Identity::Movie { tmdb: MovieId(hit.id) };
    Some(Scored {
        candidate: Candidate { identity, label, score: fit.note.score, because: fit.note.because },
        name: details.title.clone(),
        popularity: hit.popularity,
        agrees: runtime == Runtime::Fits,
        verified: true,
        open,
        title: fit.title,
        reading: context.reading,
    })
}

/// Episodes of a series that was looked at closely.
pub(crate) fn episodes(
    hit: &Hit,
    details: &Details,
    place: &Place,
    wanted: &Wanted,
    variants: &[Variant],
    context: Context,
) -> Option<Scored> {
    let titles = titles_of(details);
    let shown = place.facts.first().and_then(|episode| episode.year());
    let of_season = details.seasons.iter().find(|its| its.season_number == place.season);
    let shown = shown.or_else(|| of_season.and_then(|season| season.year()));
    let origins =
        if details.origin_country.is_empty() { &hit.origin_country } else { &details.origin_country };
    let mut fit = best(variants, |variant| {
        fit(variant, titles, score::series_year(variant.year, details.year(), shown), origins)
    })?;
    // Most series have such an episode of such a length.
    let other = fit.year <= OTHER_YEAR || fit.foreign;
    let counted_through = is_from_where_seasons_have_names(details);
    let mut exists = score::existence(place, wanted, counted_through);
    let by_number = !matches!(place.how, How::NamedSeason | How::ByName | How::Day | How::Order);
    if by_number && is_longer_alias(&fit.variant.title, details) {
        exists.add(-0.4, "the title may be a season's");
    }
    if other {
        exists.score = exists.score.min(0.0);
    }
    fit.note.join(exists);
    let runtime = episodes_runtime(details, place, context.duration);
    fit.note.join(runtime.note(if other { 0.0 } else { 0.1 }));
    let (named, is_named) = score::episode_name(wanted.title.as_deref(), place);
    fit.note.join(named);
    if context.siblings == Some(hit.id) {
        fit.note.add(0.12, "as the other files of the folder");
    }
    let year_is_right = fit.variant.year.is_some() && fit.year >= -1e-9;
    limit(&mut fit, year_is_right || is_named);
    if wanted.guessed && runtime != Runtime::Fits {
        fit.note.add(0.0, "its numbers may be no episodes'");
        fit.note.score = fit.note.score.min(DOUBTFUL_TITLE);
    }
    fit.note.score -= context.loss;
    let identity =
        Identity::Episodes { tmdb: SeriesId(hit.id), season: place.season, episodes: place.episodes.clone() };
    let label = titled(&details.title, details.year());
    Some(Scored {
        candidate: Candidate { identity, label, score: fit.note.score, because: fit.note.because },
        name: details.title.clone(),
        popularity: hit.popularity,
        agrees: runtime == Runtime::Fits || is_named,
        verified: true,
        open: fit.variant.year.is_none() && fit.variant.country.is_none(),
        title: fit.title,
        reading: context.reading,
    })
}

/// A series of that name in which the episodes do not exist: for people, not for the verdict.
pub(crate) fn without_episodes(
    hit: &Hit,
    details: &Details,
    wanted: &Wanted,
    reading: usize,
) -> Option<Scored> {
    let numbers = if wanted.episodes.is_empty() { &wanted.absolute } else { &wanted.episodes };
    let identity = Identity::Episodes {
        tmdb: SeriesId(hit.id),
        season: wanted.season.unwrap_or(1),
        episodes: (!numbers.is_empty()).then(|| numbers.clone())?,
    };
    let label = titled(&details.title, details.year());
    let because = vec!["it has no such episode".to_owned()];
    Some(Scored {
        candidate: Candidate { identity, label, score: 0.0, because },
        name: details.title.clone(),
        popularity: hit.popularity,
        agrees: false,
        verified: true,
        open: false,
        title: 0.0,
        reading,
    })
}

/// A work that was not looked at closely, as what it may be at best without anything that speaks for it.
pub(crate) fn unseen(hit: &Hit, fit: &Fit<'_>, wanted: Option<&Wanted>, context: Context) -> Scored {
    let (identity, bonus) = match wanted {
        None => {
            let open = if fit.variant.year.is_none() { NO_YEAR } else { 0.0 };
            (Identity::Movie { tmdb: MovieId(hit.id) }, open)
        }
        Some(wanted) => {
            let numbers = if wanted.episodes.is_empty() { &wanted.absolute } else { &wanted.episodes };
            let season = wanted.season.unwrap_or(1);
            let identity = Identity::Episodes { tmdb: SeriesId(hit.id), season, episodes: numbers.clone() };
            (identity, if wanted.certain { 0.15 } else { 0.0 })
        }
    };
    let mut because = fit.note.because.clone();
    because.push("not looked at closely".to_owned());
    let score = fit.note.score + bonus - context.loss;
    Scored {
        candidate: Candidate { identity, label: titled(&hit.title, hit.year()), score, because },
        name: hit.title.clone(),
        popularity: hit.popularity,
        agrees: false,
        verified: false,
        open: false,
        title: fit.title,
        reading: context.reading,
    }
}

/// Whether a file is longer than the movie by as much as a long cut may be.
fn is_longer_cut(duration: Option<Duration>, minutes: Option<u32>) -> bool {
    let minutes = minutes.map(|minutes| f64::from(minutes) * 60.0).filter(|&seconds| seconds > 3600.0);
    let ratio = duration.zip(minutes).map(|(duration, seconds)| duration.as_secs_f64() / seconds);
    ratio.is_some_and(|ratio| (1.15..=1.6).contains(&ratio))
}

/// Whether `title` is another title of the series, and its own with more words behind, where seasons are listed so.
fn is_longer_alias(title: &str, details: &Details) -> bool {
    let title = titles::normal(title);
    let several = details.seasons.iter().filter(|season| season.season_number > 0).count() > 1;
    let own = [Some(&details.title), details.original_title.as_ref()];
    several
        && is_from_where_seasons_have_names(details)
        && own.into_iter().flatten().all(|own| titles::normal(own) != title)
        && own.into_iter().flatten().chain(&details.other_titles).any(|own| {
            let own = titles::normal(own);
            own.chars().count() > 2 && title.strip_prefix(&own).is_some_and(|rest| rest.starts_with(' '))
        })
}

/// Whether a series is from where each season often goes by a name of its own, and episodes are counted through them.
fn is_from_where_seasons_have_names(details: &Details) -> bool {
    details.origin_country.iter().any(|origin| matches!(origin.as_str(), "JP" | "CN" | "KR" | "TW"))
}

/// Another title, or only a part of the name, needs more than that episodes exist and films are about as long.
fn limit(fit: &mut Fit<'_>, supported: bool) {
    let most = if fit.title < HARDLY_ALIKE || fit.foreign {
        OTHER_WORK
    } else if (fit.title < SAME_TITLE || fit.variant.partial) && !supported {
        DOUBTFUL_TITLE
    } else {
        return;
    };
    fit.note.score = fit.note.score.min(most);
}

/// The length of the file against that of all its episodes.
fn episodes_runtime(details: &Details, place: &Place, duration: Option<Duration>) -> Runtime {
    let known: Option<Vec<u32>> =
        place.facts.iter().map(|episode| episode.runtime.filter(|&minutes| minutes > 0)).collect();
    if let Some(known) = known {
        let sum = known.into_iter().fold(0_u32, u32::saturating_add);
        return score::runtime(duration, Some(sum));
    }
    let count = u32::try_from(place.facts.len()).unwrap_or(1);
    let usual = details.episode_run_time.iter().map(|minutes| minutes.saturating_mul(count));
    let compared: Vec<Runtime> = usual.map(|minutes| score::runtime(duration, Some(minutes))).collect();
    if compared.contains(&Runtime::Fits) {
        Runtime::Fits
    } else if !compared.is_empty() && compared.iter().all(|runtime| *runtime == Runtime::Absurd) {
        Runtime::Absurd
    } else {
        Runtime::Unknown
    }
}

fn titles_of(details: &Details) -> Titles<'_> {
    Titles {
        title: &details.title,
        original: details.original_title.as_deref(),
        others: &details.other_titles,
    }
}

/// `Title (year)`.
pub(crate) fn titled(title: &str, year: Option<u16>) -> String {
    match year {
        Some(year) => format!("{title} ({year})"),
        None => title.to_owned(),
    }
}
