//! The chain of evidence, the strongest first.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::clue::{Clue, evidence};
use super::follow::{Around, Step, Stop, follow, in_series, own_label};
use super::identity::{
    Candidate, Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId,
};
use super::release_name::{Reading, ReadingKind};
use super::resolve::{
    Known, Remembered, Verdict, Wanted, file_key, remember_file, remember_series, remembered_file,
    remembered_series, resolve, titled,
};
use super::rules::{RuleAnswer, RuleKind, Rules};
use super::sidecar::{self, Sidecars};
use super::subject::{self, Subject};
use super::tmdb::{Client, TmdbSettings};
use super::{AnswerCache, absolute, container, contradiction, name_ids, player_words};

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
    /// Whether to search for candidates although the answer is known from before.
    explains: bool,
    /// Whether a search decided.
    searched: bool,
    /// The reading that a search went by.
    accepted: Option<Reading>,
}

impl<C: AnswerCache> Identifier<C> {
    /// One that goes by `rules`, asks TMDB as `tmdb` says, and remembers in `cache`.
    #[must_use]
    pub fn new(rules: Rules, tmdb: TmdbSettings, cache: C) -> Self {
        Self { rules, client: Client::new(tmdb, cache) }
    }

    /// What `subject` is, or why that is not certain enough. Reads files beside it and may ask TMDB. What a search
    /// found is remembered for the file, and a series for its folder.
    pub async fn identify(&self, subject: Subject<'_>) -> Identification {
        let mut trail = Trail::default();
        let identification = self.verdict(subject, &mut trail).await;
        if let Identification::Known(found) = &identification {
            self.count_for_folder(subject, &trail.readings, &found.identity).await;
            if trail.searched {
                self.remember(subject.media.location.path(), &found.identity, found.confidence).await;
            }
        }
        identification
    }

    /// The same, with all that was weighed on the way. Nothing is remembered of it but TMDB's answers.
    pub async fn explain(&self, subject: Subject<'_>) -> Explanation {
        let mut trail = Trail { explains: true, ..Trail::default() };
        let identification = self.verdict(subject, &mut trail).await;
        Explanation { identification, readings: trail.readings, candidates: trail.candidates }
    }

    async fn verdict(&self, subject: Subject<'_>, trail: &mut Trail) -> Identification {
        let found = self.chain(subject, trail).await;
        let evidence = std::mem::take(&mut trail.evidence);
        match found {
            Ok(mut identified) => {
                identified.evidence = evidence;
                identified.evidence.sort_by_key(|evidence| evidence.kind);
                let reading = trail.accepted.take().or_else(|| trail.readings.first().cloned());
                if let Some(reading) = reading.filter(|_| identified.absolute.is_empty()) {
                    identified.absolute = absolute::of_series(&identified.identity, &reading.absolute);
                }
                Identification::Known(identified)
            }
            Err(reason) => Identification::Held { reason, label: subject::label(subject.media), evidence },
        }
    }

    /// The user's word that `subject` is `identity`. Nothing is checked; TMDB only gives the name, if it can be asked.
    pub async fn matched(&self, identity: Identity, subject: Subject<'_>) -> Identified {
        let readings = subject::readings(subject.media).1;
        let path = subject.media.location.path();
        let around = Around { path, reading: readings.first(), duration: subject.length() };
        let label = self.name_of(&identity, around).await;
        self.count_for_folder(subject, &readings, &identity).await;
        self.remember(path, &identity, Confidence::CERTAIN).await;
        let evidence = vec![evidence(EvidenceKind::Matched, "you said so".to_owned())];
        let numbers = readings.first().map(|reading| reading.absolute.as_slice()).unwrap_or_default();
        let absolute = absolute::of_series(&identity, numbers);
        Identified { identity, label, absolute, evidence, confidence: Confidence::CERTAIN }
    }

    async fn chain(&self, subject: Subject<'_>, trail: &mut Trail) -> Result<Identified, HeldReason> {
        let media = subject.media;
        let path = media.location.path();
        let (own, readings) = subject::readings(media);
        let reading = readings.first().cloned();
        trail.readings = readings;
        let around = Around { path, reading: reading.as_ref(), duration: subject.length() };

        let extra = path.is_some_and(subject::is_extra);
        if let Some(answer) = self.rules.answer(media, reading.as_ref()) {
            // A rule for a series' folder means its episodes, and the numbers of a trailer are none; specials may be there.
            if extra && answer.counts_by_name && answer.season != Some(0) {
                return Err(HeldReason::Unreadable);
            }
            return self.by_rule(answer, around, trail).await;
        }
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
            Some(path) => read_local(path, reading.as_ref()).await?,
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
        let mut strong: Vec<(EvidenceKind, Reading)> = Vec::new();
        let beside_kind = if beside.is_by_plexmatch { EvidenceKind::Plexmatch } else { EvidenceKind::Nfo };
        strong.extend(beside.reading.map(|reading| (beside_kind, reading)));
        strong.extend(player_words::reading(&tags).map(|reading| (EvidenceKind::Player, reading)));
        let before = remembered_by_file(&self.client, path).await;
        if let Some(Remembered { identity, confidence }) = before {
            if trail.explains {
                // It decides nothing: only what there is to choose from is shown.
                let evidence_before = trail.evidence.len();
                drop(self.by_search(strong, own, around, trail).await);
                trail.evidence.truncate(evidence_before);
            }
            trail.evidence.push(evidence(EvidenceKind::Tmdb, "found for this file before"));
            let label = self.name_of(&identity, around).await;
            let confidence = Confidence::new(confidence);
            return Ok(Identified {
                identity,
                label,
                absolute: Vec::new(),
                evidence: Vec::new(),
                confidence,
            });
        }
        trail.searched = true;
        self.by_search(strong, own, around, trail).await
    }

    async fn by_rule(
        &self,
        answer: RuleAnswer,
        around: Around<'_>,
        trail: &mut Trail,
    ) -> Result<Identified, HeldReason> {
        trail.evidence.push(evidence(EvidenceKind::Rule, self.rules.name_of(answer.number)));
        let identity = match (answer.kind, answer.season) {
            (RuleKind::Movie, _) => Identity::Movie { tmdb: MovieId(answer.tmdb) },
            (RuleKind::Series, _) if answer.episodes.is_empty() => return Err(HeldReason::Unreadable),
            (RuleKind::Series, Some(season)) => {
                Identity::Episodes { tmdb: super::SeriesId(answer.tmdb), season, episodes: answer.episodes }
            }
            (RuleKind::Series, None) => {
                // Running numbers: only TMDB knows how many a season has.
                let numbers = answer.episodes.clone();
                let wanted = Wanted::running(answer.episodes);
                return match in_series(&self.client.session(), answer.tmdb, &wanted, around).await {
                    Ok(Step::Found(found)) => {
                        let absolute = absolute::of_series(&found.identity, &numbers);
                        Ok(Identified { absolute, confidence: Confidence::CERTAIN, ..found })
                    }
                    Ok(Step::Hold(stop) | Step::Pass(stop)) => Err(trail.stopped(stop)),
                    Err(error) => Err(error.into()),
                };
            }
        };
        let label = self.name_of(&identity, around).await;
        Ok(Identified {
            identity,
            label,
            absolute: Vec::new(),
            evidence: Vec::new(),
            confidence: Confidence::CERTAIN,
        })
    }

    /// What to call something that needs no checking: TMDB's name for it, or else what the file's name says.
    async fn name_of(&self, identity: &Identity, around: Around<'_>) -> String {
        let session = self.client.session();
        let label = match identity {
            Identity::Movie { tmdb } => {
                let details = session.movie(tmdb.0).await.ok().flatten();
                details.map(|details| titled(&details.title, details.year()))
            }
            Identity::Episodes { tmdb, .. } => {
                session.series(tmdb.0).await.ok().flatten().map(|details| details.title)
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
        let session = self.client.session();
        for clue in clues {
            trail.evidence.push(clue.evidence.clone());
            match follow(&session, clue, around).await {
                Step::Found(found) => {
                    let other = contradiction::find(&session, clue, clues, &found.identity, around).await;
                    if let Some((other, candidate)) = other {
                        return Err(trail.contradicted(found, other, candidate));
                    }
                    trail.note_numbers(clue, around.reading, &found.identity);
                    return Ok(Some(found));
                }
                Step::Hold(stop) => return Err(trail.stopped(stop)),
                Step::Pass(stop) => {
                    let reason = trail.stopped(stop);
                    trail.pass(reason);
                }
            }
        }
        Ok(None)
    }

    /// Looks up what an NFO or a tag says in words, and then, if that does not decide, all readings together.
    async fn by_search(
        &self,
        strong: Vec<(EvidenceKind, Reading)>,
        own: EvidenceKind,
        around: Around<'_>,
        trail: &mut Trail,
    ) -> Result<Identified, HeldReason> {
        let by_name: Vec<_> = trail.readings.iter().cloned().map(|reading| (own, reading)).collect();
        let mut readings = strong;
        if !readings.is_empty()
            && let Ok(found) = self.search(&readings, around, trail).await
        {
            return Ok(found);
        }
        // What is said twice need not be weighed twice.
        for (kind, reading) in by_name {
            if !readings.iter().any(|(_, known)| same_meaning(known, &reading)) {
                readings.push((kind, reading));
            }
        }
        self.search(&readings, around, trail).await
    }

    async fn search(
        &self,
        kinds: &[(EvidenceKind, Reading)],
        around: Around<'_>,
        trail: &mut Trail,
    ) -> Result<Identified, HeldReason> {
        let readings: Vec<Reading> = kinds.iter().map(|(_, reading)| reading.clone()).collect();
        let Some((kind, first)) = kinds.first() else { return Err(HeldReason::Unreadable) };
        let evidence_before = trail.evidence.len();
        trail.evidence.push(evidence(*kind, in_words(first)));
        let can_be_asked =
            |reading: &Reading| reading.kind == ReadingKind::Movie || !Wanted::of(reading).is_empty();
        if !readings.iter().any(can_be_asked) {
            return Err(HeldReason::Unreadable);
        }
        let siblings = match around.path {
            Some(path) => remembered_series(self.client.cache(), path, &first.title).await,
            None => None,
        };
        let known = Known { path: around.path, duration: around.duration, siblings };
        let resolution = resolve(&self.client.session(), &readings, known).await.map_err(HeldReason::from)?;
        trail.candidates = resolution.candidates;
        let best = match resolution.verdict {
            Verdict::Accepted(best) => best,
            Verdict::Ambiguous(candidates) => return Err(HeldReason::Ambiguous { candidates }),
            Verdict::Unasked => return Err(HeldReason::Unreadable),
            Verdict::Nothing => {
                let lacking = resolution.lacking;
                trail.evidence.extend(lacking.map(|says| evidence(EvidenceKind::Tmdb, says)));
                return Err(HeldReason::NotFound);
            }
        };
        trail.evidence.truncate(evidence_before);
        if let Some((kind, reading)) = kinds.get(best.reading) {
            trail.evidence.push(evidence(*kind, in_words(reading)));
            trail.accepted = Some(reading.clone());
        }
        let says = format!("{}, scored {:.2}", best.candidate.label, best.candidate.score);
        trail.evidence.push(evidence(EvidenceKind::Tmdb, says));
        // A series goes by its name; the year is for telling candidates apart.
        let label = match best.candidate.identity {
            Identity::Movie { .. } => best.candidate.label,
            Identity::Episodes { .. } => best.name,
        };
        let confidence = Confidence::new(best.candidate.score.min(0.97));
        Ok(Identified {
            identity: best.candidate.identity,
            label,
            absolute: Vec::new(),
            evidence: Vec::new(),
            confidence,
        })
    }

    /// Keeps for the file at `path` what it is.
    async fn remember(&self, path: Option<&Path>, identity: &Identity, confidence: Confidence) {
        if let Some(key) = key_of(path).await {
            let remembered = Remembered { identity: identity.clone(), confidence: confidence.get() };
            remember_file(self.client.cache(), &key, &remembered).await;
        }
    }

    /// Counts a file for its folder's series: that tells what others beside it are.
    async fn count_for_folder(&self, subject: Subject<'_>, readings: &[Reading], identity: &Identity) {
        if let (Some(path), Some(reading), Identity::Episodes { tmdb, .. }) =
            (subject.media.location.path(), readings.first(), identity)
        {
            remember_series(self.client.cache(), path, &reading.title, tmdb.0).await;
        }
    }
}

impl Trail {
    /// Why a clue led nowhere, noted for people.
    fn stopped(&mut self, stop: Stop) -> HeldReason {
        self.evidence.extend(stop.says.map(|says| evidence(EvidenceKind::Tmdb, says)));
        stop.reason
    }

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

/// A folder that does not answer in time is looked at again later: what lies in it may say something else than the name.
async fn read_local(path: &Path, reading: Option<&Reading>) -> Result<Local, HeldReason> {
    let (path, reading) = (path.to_owned(), reading.cloned());
    let read = tokio::task::spawn_blocking(move || Local {
        beside: sidecar::read(&path, reading.as_ref()),
        tags: container::read(&path),
    });
    match tokio::time::timeout(LOCAL_LIMIT, read).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            tracing::error!(%error, "reading beside a video failed in itself: please report this");
            Ok(Local::default())
        }
        Err(_) => Err(HeldReason::LookupFailed {
            error: format!("the video's folder did not answer within {} s", LOCAL_LIMIT.as_secs()),
        }),
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

/// Whether two readings would be looked up alike.
fn same_meaning(one: &Reading, other: &Reading) -> bool {
    one.kind == other.kind
        && one.title == other.title
        && one.year == other.year
        && Wanted::of(one).numbers() == Wanted::of(other).numbers()
        && one.season == other.season
}

async fn remembered_by_file<C: AnswerCache>(client: &Client<C>, path: Option<&Path>) -> Option<Remembered> {
    remembered_file(client.cache(), &key_of(path).await?).await
}

async fn key_of(path: Option<&Path>) -> Option<String> {
    let path = path?.to_owned();
    let read = tokio::task::spawn_blocking(move || file_key(&path));
    tokio::time::timeout(LOCAL_LIMIT, read).await.ok()?.ok()?
}
