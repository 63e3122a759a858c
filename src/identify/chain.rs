//! The chain of evidence, the strongest first.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::clue::{Clue, evidence};
use super::follow::{Around, Step, follow, in_series, own_label};
use super::identity::{
    Candidate, Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId,
};
use super::release_name::{Reading, ReadingKind};
use super::rules::{RuleAnswer, RuleKind, Rules};
use super::search::{search, titled};
use super::sidecar::{self, Sidecars};
use super::subject::{self, Subject};
use super::tmdb::{Client, TmdbSettings, Verdict};
use super::{AnswerCache, container, contradiction, name_ids, player_words};

/// How long the file system may take for a video's header and what lies beside it. A network share may never answer.
const LOCAL_LIMIT: Duration = Duration::from_secs(5);

/// Finds out what media is. One of these serves all; what it learns of TMDB is in its cache.
#[derive(Debug)]
pub struct Identifier<C> {
    rules: Rules,
    pub(super) client: Client<C>,
}

/// A verdict with what was weighed for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The verdict, with its evidence.
    #[serde(flatten)]
    pub identification: Identification,
    /// What the name may say, the likeliest first.
    pub readings: Vec<Reading>,
    /// What TMDB has that could be meant, the likeliest first. Empty when stronger evidence decided.
    pub candidates: Vec<Candidate>,
}

/// What was seen on the way.
#[derive(Debug, Default)]
struct Trail {
    evidence: Vec<Evidence>,
    /// Why an explicit id led nowhere so far.
    passed: Option<HeldReason>,
    readings: Vec<Reading>,
    candidates: Vec<Candidate>,
}

impl<C: AnswerCache> Identifier<C> {
    /// One that goes by `rules`, asks TMDB as `tmdb` says, and remembers in `cache`.
    #[must_use]
    pub fn new(rules: Rules, tmdb: TmdbSettings, cache: C) -> Self {
        Self { rules, client: Client::new(tmdb, cache) }
    }

    /// What `subject` is, or why that is not certain enough. Reads files beside it and may ask TMDB.
    pub async fn identify(&self, subject: Subject<'_>) -> Identification {
        self.explain(subject).await.identification
    }

    /// The same, with all that was weighed on the way.
    pub async fn explain(&self, subject: Subject<'_>) -> Explanation {
        let mut trail = Trail::default();
        let identification = match self.chain(subject, &mut trail).await {
            Ok(mut identified) => {
                identified.evidence = trail.evidence;
                identified.evidence.sort_by_key(|evidence| evidence.kind);
                Identification::Known(identified)
            }
            Err(reason) => Identification::Held {
                reason,
                label: subject::label(subject.media),
                evidence: trail.evidence,
            },
        };
        Explanation { identification, readings: trail.readings, candidates: trail.candidates }
    }

    /// The user's word that `subject` is `identity`. Nothing is checked; TMDB only gives the name, if it can be asked.
    pub async fn matched(&self, identity: Identity, subject: Subject<'_>) -> Identified {
        let reading = subject::readings(subject.media).1.into_iter().next();
        let path = subject.media.location.path();
        let around = Around { path, reading: reading.as_ref(), duration: subject.duration };
        let label = self.name_of(&identity, around).await;
        let evidence = vec![evidence(EvidenceKind::Matched, "you said so".to_owned())];
        Identified { identity, label, evidence, confidence: Confidence::CERTAIN }
    }

    async fn chain(&self, subject: Subject<'_>, trail: &mut Trail) -> Result<Identified, HeldReason> {
        let media = subject.media;
        let path = media.location.path();
        let (own, readings) = subject::readings(media);
        let reading = readings.first().cloned();
        trail.readings = readings;
        let around = Around { path, reading: reading.as_ref(), duration: subject.duration };

        if let Some(answer) = self.rules.answer(media, reading.as_ref()) {
            return self.by_rule(answer, around, trail).await;
        }
        let extra = path.is_some_and(subject::is_extra);
        let mut clues = name_ids::of(media);
        // What comes with a movie or a series lies in its folder, but is not it.
        clues.retain(|clue| !extra || clue.above == 0);
        if let Some(found) = self.by_clues(&clues, around, trail).await? {
            return Ok(found);
        }
        if extra {
            return Err(trail.passed.take().unwrap_or(HeldReason::Unreadable));
        }
        let Local { beside, tags } = match path {
            Some(path) => read_local(path, reading.as_ref()).await,
            None => Local::default(),
        };
        let tags = player_words::together(&media.tags, tags);
        if let Some(found) = self.by_clues(&beside.clues, around, trail).await? {
            return Ok(found);
        }
        if let Some(found) = self.by_clues(&player_words::ids(&tags), around, trail).await? {
            return Ok(found);
        }
        // What could not be looked up by its id must not be decided by weaker evidence.
        if let Some(reason @ (HeldReason::NoToken | HeldReason::LookupFailed { .. })) = trail.passed.take() {
            return Err(reason);
        }
        let readings = [
            (EvidenceKind::Nfo, beside.reading),
            (EvidenceKind::Player, player_words::reading(&tags)),
            (own, reading.clone()),
        ];
        self.by_search(readings, around, trail).await
    }

    async fn by_rule(
        &self,
        answer: RuleAnswer,
        around: Around<'_>,
        trail: &mut Trail,
    ) -> Result<Identified, HeldReason> {
        trail.evidence.push(evidence(EvidenceKind::Rule, format!("rule {} in the settings", answer.number)));
        let identity = match (answer.kind, answer.season) {
            (RuleKind::Movie, _) => Identity::Movie { tmdb: MovieId(answer.tmdb) },
            (RuleKind::Series, _) if answer.episodes.is_empty() => return Err(HeldReason::Unreadable),
            (RuleKind::Series, Some(season)) => {
                Identity::Episodes { tmdb: super::SeriesId(answer.tmdb), season, episodes: answer.episodes }
            }
            (RuleKind::Series, None) => {
                // Running numbers: only TMDB knows how many a season has.
                return match in_series(&self.client, answer.tmdb, None, answer.episodes, false, around).await
                {
                    Ok(Step::Found(found)) => Ok(Identified { confidence: Confidence::CERTAIN, ..found }),
                    Ok(Step::Hold(reason) | Step::Pass(reason)) => Err(reason),
                    Err(error) => Err(error.into()),
                };
            }
        };
        let label = self.name_of(&identity, around).await;
        Ok(Identified { identity, label, evidence: Vec::new(), confidence: Confidence::CERTAIN })
    }

    /// What to call something that needs no checking: TMDB's name for it, or else what the file's name says.
    async fn name_of(&self, identity: &Identity, around: Around<'_>) -> String {
        let label = match identity {
            Identity::Movie { tmdb } => {
                let details = self.client.movie(tmdb.0).await.ok().flatten();
                details.map(|details| titled(&details.title, details.year()))
            }
            Identity::Episodes { tmdb, .. } => {
                self.client.series(tmdb.0).await.ok().flatten().map(|details| details.title)
            }
        };
        label.unwrap_or_else(|| own_label(around))
    }

    /// Follows `clues` in their order until one leads somewhere.
    async fn by_clues(
        &self,
        clues: &[Clue],
        around: Around<'_>,
        trail: &mut Trail,
    ) -> Result<Option<Identified>, HeldReason> {
        for clue in clues {
            trail.evidence.push(clue.evidence.clone());
            match follow(&self.client, clue, around).await {
                Step::Found(found) => {
                    let other = contradiction::find(&self.client, clue, clues, &found.identity, around).await;
                    if let Some((other, candidate)) = other {
                        return Err(trail.contradicted(found, other, candidate));
                    }
                    trail.note_numbers(clue, around.reading, &found.identity);
                    return Ok(Some(found));
                }
                Step::Hold(reason) => return Err(reason),
                Step::Pass(reason) => trail.pass(reason),
            }
        }
        Ok(None)
    }

    /// Looks the readings up in turn until one is found.
    async fn by_search(
        &self,
        readings: [(EvidenceKind, Option<Reading>); 3],
        around: Around<'_>,
        trail: &mut Trail,
    ) -> Result<Identified, HeldReason> {
        let mut reason = HeldReason::Unreadable;
        let mut tried: Vec<Reading> = Vec::new();
        for (kind, reading) in readings {
            let Some(reading) = reading.filter(|reading| !tried.contains(reading)) else { continue };
            trail.evidence.push(evidence(kind, in_words(&reading)));
            if reading.kind == ReadingKind::Episode && reading.numbers().is_empty() {
                continue;
            }
            match search(&self.client, &reading, around.duration).await.map_err(HeldReason::from)? {
                Verdict::Accepted(best) => {
                    trail.candidates.push(best.clone());
                    let says = format!("{}, scored {:.2}", best.label, best.score);
                    trail.evidence.push(evidence(EvidenceKind::Tmdb, says));
                    let label = match best.identity {
                        Identity::Movie { .. } => best.label,
                        Identity::Episodes { .. } => without_year(&best.label).to_owned(),
                    };
                    let confidence = Confidence::new(best.score.min(0.97));
                    return Ok(Identified {
                        identity: best.identity,
                        label,
                        evidence: Vec::new(),
                        confidence,
                    });
                }
                Verdict::Ambiguous(candidates) => {
                    trail.candidates.extend(candidates.iter().cloned());
                    reason = HeldReason::Ambiguous { candidates };
                }
                Verdict::Nothing if reason == HeldReason::Unreadable => reason = HeldReason::NotFound,
                Verdict::Nothing => {}
            }
            tried.push(reading);
        }
        Err(reason)
    }
}

impl Trail {
    /// Keeps the reason that is most worth acting on.
    fn pass(&mut self, reason: HeldReason) {
        let rank = |reason: &HeldReason| match reason {
            HeldReason::LookupFailed { .. } => 2,
            HeldReason::NoToken => 1,
            HeldReason::Unreadable | HeldReason::NotFound | HeldReason::Ambiguous { .. } => 0,
        };
        if self.passed.as_ref().is_none_or(|passed| rank(passed) < rank(&reason)) {
            self.passed = Some(reason);
        }
    }

    /// Two explicit ids of one place say two things.
    fn contradicted(&mut self, found: Identified, other: &Clue, candidate: Candidate) -> HeldReason {
        let says = format!("{}, which is another than {}", other.evidence.says, found.label);
        self.evidence.push(evidence(other.evidence.kind, says));
        let mut first = candidate.clone();
        (first.identity, first.label) = (found.identity, found.label);
        HeldReason::Ambiguous { candidates: vec![first, candidate] }
    }

    /// Where an episode's numbers come from when the id's own place does not state them.
    fn note_numbers(&mut self, clue: &Clue, reading: Option<&Reading>, identity: &Identity) {
        if let (Identity::Episodes { .. }, None, Some(reading)) = (identity, &clue.numbers, reading) {
            self.evidence.push(evidence(EvidenceKind::ReleaseName, in_words(reading)));
        }
    }
}

/// What the file system has of a video.
#[derive(Debug, Default)]
struct Local {
    beside: Sidecars,
    /// The file's own tags.
    tags: BTreeMap<String, String>,
}

async fn read_local(path: &Path, reading: Option<&Reading>) -> Local {
    let (path, reading) = (path.to_owned(), reading.cloned());
    let read = tokio::task::spawn_blocking(move || Local {
        beside: sidecar::read(&path, reading.as_ref()),
        tags: container::read(&path),
    });
    match tokio::time::timeout(LOCAL_LIMIT, read).await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) | Err(_) => {
            tracing::debug!("a video and its folder could not be read in time");
            Local::default()
        }
    }
}

/// A reading for people: `the name reads as Harbour Lights S02E05`.
fn in_words(reading: &Reading) -> String {
    let numbers: String = reading.numbers().iter().map(|number| format!("E{number:02}")).collect();
    let season = reading.season.map(|season| format!("S{season:02}")).unwrap_or_default();
    let title = titled(&reading.title, reading.year);
    if season.is_empty() && numbers.is_empty() {
        format!("reads as {title}")
    } else {
        format!("reads as {title} {season}{numbers}")
    }
}

/// A series goes by its name; the year is for telling candidates apart.
fn without_year(label: &str) -> &str {
    match label.rsplit_once(" (") {
        Some((name, year)) if year.len() == 5 => name,
        _ => label,
    }
}
