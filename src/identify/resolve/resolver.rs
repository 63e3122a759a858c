//! Searches with all readings of a name and lets what is found compete.

use std::path::Path;
use std::time::Duration;

use super::candidates::{self, Context, Fit, first_fit, titled};
use super::numbering::places;
use super::queries::{Variant, rewordings, season_of_title, variants};
use super::score::SAME_TITLE;
use super::verdict::{Scored, Verdict, judge};
use super::wanted::Wanted;
use crate::identify::AnswerCache;
use crate::identify::identity::Candidate;
use crate::identify::release_name::{Reading, ReadingKind};
use crate::identify::tmdb::{Details, Hit, NoAnswer, Session, Sought};

/// How many works of one search are looked at closely for their title, and how many for their place in the list alone:
/// they may have it as another title.
const CLOSELY: usize = 5;
const BY_RANK: usize = 4;
/// The least likeness of a title to be taken for one.
const ALIKE: f64 = 0.75;
/// What a closer look may add at most.
const MOVIE_BONUS: f64 = 0.1;
const SERIES_BONUS: f64 = 0.45;
/// How much of the difference in belief between readings their candidates feel.
const BELIEF: f64 = 0.2;
/// So much speaks for it that no other reading is worth a call.
const BEYOND_DOUBT: f64 = 1.1;
/// How many candidates are kept for an explanation.
const KEPT: usize = 20;

/// What is known of a file besides its readings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    pub(crate) path: Option<&'a Path>,
    pub(crate) duration: Option<Duration>,
    /// The series that most other files of the folder are of.
    pub(crate) siblings: Option<u64>,
}

/// A verdict with all that was weighed.
#[derive(Debug, Clone)]
pub(crate) struct Resolution {
    pub(crate) verdict: Verdict,
    /// The likeliest first.
    pub(crate) candidates: Vec<Candidate>,
    /// What a series of the wanted name does not have, for people.
    pub(crate) lacking: Option<String>,
}

/// Weighs what TMDB has for `readings`, the likeliest first, against each other.
pub(crate) async fn resolve<C: AnswerCache>(
    session: &Session<'_, C>,
    readings: &[Reading],
    known: Known<'_>,
) -> Result<Resolution, NoAnswer> {
    let mut search = Search {
        session,
        known,
        pool: Vec::new(),
        seen: Vec::new(),
        failed: None,
        asked: false,
        lacking: None,
    };
    let most = readings.iter().map(|reading| reading.score).fold(0.0, f64::max);
    let mut exhausted = false;
    for (index, reading) in readings.iter().enumerate() {
        let loss = (most - reading.score).clamp(0.0, 1.0) * BELIEF;
        match search.all_of(index, reading, loss).await {
            Ok(()) => {}
            Err(NoAnswer::Enough) => {
                exhausted = true;
                break;
            }
            Err(error) => return Err(error),
        }
        if let Verdict::Accepted(best) = judge(search.pool.clone())
            && best.agrees
            && best.candidate.score >= BEYOND_DOUBT - 1e-9
        {
            break;
        }
    }
    search.pool.sort_by(|one, other| other.candidate.score.total_cmp(&one.candidate.score));
    let shown = |scored: &Scored| {
        let score = scored.candidate.score.max(0.0);
        Candidate { score, ..scored.candidate.clone() }
    };
    let candidates = search.pool.iter().take(KEPT).map(shown).collect();
    let (asked, lacking) = (search.asked, search.lacking);
    let verdict = match judge(search.pool) {
        // What was not asked may be as good.
        Verdict::Accepted(best) if exhausted => Verdict::Ambiguous(vec![best.candidate]),
        Verdict::Nothing if exhausted => Verdict::Ambiguous(Vec::new()),
        Verdict::Nothing if !asked => Verdict::Unasked,
        verdict => verdict,
    };
    match (search.failed, verdict) {
        (Some(error), Verdict::Ambiguous(_) | Verdict::Nothing) => Err(error),
        (_, verdict) => Ok(Resolution { verdict, candidates, lacking }),
    }
}

struct Search<'a, C> {
    session: &'a Session<'a, C>,
    known: Known<'a>,
    pool: Vec<Scored>,
    /// Works that were weighed against a reading.
    seen: Vec<(usize, Sought, u64)>,
    /// A closer look that failed.
    failed: Option<NoAnswer>,
    asked: bool,
    lacking: Option<String>,
}

/// One search of one reading.
struct Query<'a> {
    sought: Sought,
    wanted: &'a Wanted,
    variants: &'a [Variant],
    context: Context,
}

impl<C: AnswerCache> Search<'_, C> {
    async fn all_of(&mut self, index: usize, reading: &Reading, loss: f64) -> Result<(), NoAnswer> {
        self.reading(index, reading, loss).await?;
        let as_written = self.pool.iter().any(|one| one.reading == index && one.title >= 1.0);
        if !as_written && let Some(other) = season_of_title(reading) {
            self.seen.retain(|(of, ..)| *of != index);
            self.reading(index, &other, loss).await?;
        }
        Ok(())
    }

    async fn reading(&mut self, index: usize, reading: &Reading, loss: f64) -> Result<(), NoAnswer> {
        let wanted = Wanted::of(reading);
        let sought = match reading.kind {
            ReadingKind::Movie => Sought::Movies,
            ReadingKind::Episode if wanted.is_empty() => return Ok(()),
            ReadingKind::Episode => Sought::Series,
        };
        let variants = variants(reading, index == 0, self.known.path);
        let Known { duration, siblings, .. } = self.known;
        let context = Context { duration, loss, siblings, reading: index, alone: false };
        let query = Query { sought, wanted: &wanted, variants: &variants, context };
        let mut asked: Vec<String> = Vec::new();
        for variant in &variants {
            let text = variant.title.to_lowercase();
            if !asked.contains(&text) {
                self.query(&query, &variant.title, variant.year).await?;
                asked.push(text);
            }
            if self.is_settled(&query) {
                return Ok(());
            }
        }
        for text in variants.first().map(|variant| rewordings(&variant.title)).unwrap_or_default() {
            if !asked.contains(&text.to_lowercase()) {
                self.query(&query, &text, None).await?;
            }
            if self.is_settled(&query) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether the title itself was found, and nothing but more evidence could make it better.
    fn is_settled(&self, query: &Query<'_>) -> bool {
        let enough = 0.84 - query.context.loss - 1e-9;
        self.pool.iter().any(|one| {
            one.reading == query.context.reading
                && one.verified
                && one.title >= SAME_TITLE
                && one.candidate.score >= enough
        })
    }

    async fn query(&mut self, query: &Query<'_>, text: &str, year: Option<u16>) -> Result<(), NoAnswer> {
        self.asked = true;
        let hits = self.session.search(query.sought, text, year).await?;
        let of_series = query.sought == Sought::Series;
        let (mut alike, mut other): (Vec<_>, Vec<_>) = hits
            .into_iter()
            .filter(|hit| !self.seen.contains(&(query.context.reading, query.sought, hit.id)))
            .filter_map(|hit| {
                let fit = first_fit(&hit, query.variants, of_series)?;
                Some((hit, fit))
            })
            .partition(|(_, fit)| fit.title >= ALIKE);
        alike.sort_by(|(one, fit), (other, its)| {
            its.note.score.total_cmp(&fit.note.score).then(other.popularity.total_cmp(&one.popularity))
        });
        let namesakes = alike.iter().filter(|(_, fit)| fit.title >= SAME_TITLE).count();
        let query = &Query { context: Context { alone: namesakes == 1, ..query.context }, ..*query };
        for (count, (hit, fit)) in alike.iter().enumerate() {
            let hopeless = self.best().is_some_and(|best| fit.note.score + query.bonus() < best - 0.1);
            if count < CLOSELY && !hopeless {
                self.look(query, hit, fit).await?;
            } else if fit.title >= SAME_TITLE {
                let wanted = of_series.then_some(query.wanted);
                self.add(candidates::unseen(hit, fit, wanted, query.context));
            }
        }
        other.sort_by(|(_, fit), (_, its)| its.year.total_cmp(&fit.year));
        let settled = self.is_settled(query);
        // Of one year and with another title by that name: `Somebody's Pinocchio`.
        let rivals = settled && year.is_some() && query.context.duration.is_some() && !self.agrees();
        for (hit, fit) in other.iter().take(BY_RANK) {
            if !settled || (rivals && fit.variant.year.is_some() && fit.year >= -0.05) {
                self.look(query, hit, fit).await?;
            }
        }
        Ok(())
    }

    /// Looks at one work closely.
    async fn look(&mut self, query: &Query<'_>, hit: &Hit, fit: &Fit<'_>) -> Result<(), NoAnswer> {
        match self.weigh(query, hit).await {
            Ok(()) => {}
            Err(error @ NoAnswer::Failed(_)) => {
                let wanted = (query.sought == Sought::Series).then_some(query.wanted);
                self.add(candidates::unseen(hit, fit, wanted, query.context));
                self.failed = Some(error);
            }
            Err(error) => return Err(error),
        }
        self.seen.push((query.context.reading, query.sought, hit.id));
        Ok(())
    }

    async fn weigh(&mut self, query: &Query<'_>, hit: &Hit) -> Result<(), NoAnswer> {
        if query.sought == Sought::Movies {
            if let Some(details) = self.session.movie(hit.id).await? {
                let scored = candidates::movie(hit, &details, query.variants, query.context);
                self.pool_all(scored);
            }
            return Ok(());
        }
        let season = query.wanted.season;
        let has_season = |details: &Details| {
            season.is_none_or(|season| details.seasons.iter().any(|its| its.season_number == season))
        };
        let Some(details) = self.session.series_with(hit.id, has_season).await? else { return Ok(()) };
        let found = places(self.session, &details, query.wanted).await?;
        if found.is_empty() {
            let none = candidates::without_episodes(hit, &details, query.wanted, query.context.reading);
            self.pool_all(none);
            let named = first_fit(hit, query.variants, true).is_some_and(|fit| fit.title >= SAME_TITLE);
            if named && self.lacking.is_none() {
                self.lacking = Some(query.wanted.missing_from(&titled(&details.title, details.year())));
            }
        }
        for place in &found {
            let scored =
                candidates::episodes(hit, &details, place, query.wanted, query.variants, query.context);
            self.pool_all(scored);
        }
        Ok(())
    }

    fn pool_all(&mut self, scored: Option<Scored>) {
        if let Some(scored) = scored {
            self.add(scored);
        }
    }

    /// Keeps the better of what is the same.
    fn add(&mut self, scored: Scored) {
        match self.pool.iter_mut().find(|known| known.candidate.identity == scored.candidate.identity) {
            Some(known) if known.candidate.score >= scored.candidate.score => {}
            Some(known) => *known = scored,
            None => self.pool.push(scored),
        }
    }

    /// Whether more than title and year speaks for the best.
    fn agrees(&self) -> bool {
        let best =
            self.pool.iter().max_by(|one, other| one.candidate.score.total_cmp(&other.candidate.score));
        best.is_some_and(|best| best.agrees)
    }

    fn best(&self) -> Option<f64> {
        let verified = self.pool.iter().filter(|one| one.verified);
        verified.map(|one| one.candidate.score).reduce(f64::max)
    }
}

impl Query<'_> {
    fn bonus(&self) -> f64 {
        match self.sought {
            Sought::Movies => MOVIE_BONUS,
            Sought::Series => SERIES_BONUS,
        }
    }
}
