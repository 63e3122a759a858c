//! Identifies viewings beside the main loop, so that a slow network never delays what is seen of the players.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tracing::{debug, error, warn};

use crate::clock::Clock;
use crate::config::{self, SecretPlaces, Settings};
use crate::identify::{
    AnswerCache, Credential, EvidenceKind, HeldReason, Identification, Identifier, Rules, Subject,
    TmdbSettings,
};
use crate::journal::Journal;
use crate::playback::{Viewing, ViewingId};

/// The first pause before a failed look-up is tried again; it doubles up to [`LONGEST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(60);
const LONGEST_RETRY: Duration = Duration::from_secs(3600);
/// What is held is looked up again when something begins, but not more often: TMDB may have learned of it.
const RECONSIDER: Duration = Duration::from_secs(24 * 3600);

/// A question to the identifying task.
#[derive(Debug)]
pub(crate) enum Question {
    /// What is this?
    Identify(Box<Viewing>),
    /// Look again at everything that is held: the rules, a token or the network have changed.
    Reconsider,
}

/// An answer of the identifying task.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) viewing: ViewingId,
    pub(crate) identification: Identification,
}

/// The chain as the settings say, and what is wrong with its token if it goes without one for that.
pub(crate) fn identifier<C: AnswerCache>(
    settings: &Settings,
    places: &SecretPlaces,
    cache: C,
) -> (Identifier<C>, Option<String>) {
    let found = match config::tmdb_token(settings, places) {
        Ok(Some((token, _))) => Credential::parse(&token).map(Some).map_err(|error| error.to_string()),
        Ok(None) => Ok(None),
        Err(error) => Err(error.to_string()),
    };
    let (credential, warning) = match found {
        Ok(credential) => (credential, None),
        Err(why) => (None, Some(format!("TMDB cannot be asked: {why}"))),
    };
    (with_credential(settings, places, cache, credential), warning)
}

/// The same chain, which asks nobody: what was answered before is still used.
pub(crate) fn offline_identifier<C: AnswerCache>(
    settings: &Settings,
    places: &SecretPlaces,
    cache: C,
) -> Identifier<C> {
    with_credential(settings, places, cache, None)
}

fn with_credential<C: AnswerCache>(
    settings: &Settings,
    places: &SecretPlaces,
    cache: C,
    credential: Option<Credential>,
) -> Identifier<C> {
    let tmdb = TmdbSettings {
        api_url: settings.tmdb.api_url.clone(),
        credential,
        language: settings.tmdb.language.clone(),
    };
    // The settings were checked when they were loaded: the rules in them can be used.
    let rules = Rules::compile(&settings.rules, places.home.as_deref()).unwrap_or_default();
    let rules = rules.with_last_of_file(settings.rules_of_file);
    Identifier::new(rules, tmdb, cache)
}

/// Keeps TMDB's answers in the journal.
#[derive(Debug, Clone)]
pub(crate) struct JournalCache {
    journal: Journal,
    clock: Clock,
}

impl JournalCache {
    pub(crate) fn new(journal: Journal, clock: Clock) -> Self {
        Self { journal, clock }
    }
}

impl AnswerCache for JournalCache {
    async fn get(&self, key: &str) -> Option<String> {
        let found = self.journal.cached(key.to_owned(), self.clock.now().wall).await;
        found.inspect_err(|error| debug!(%error, "an earlier answer could not be read")).ok().flatten()
    }

    async fn put(&self, key: &str, value: &str, keep: Duration) {
        let until = self.clock.now().wall.saturating_add(keep).unwrap_or(jiff::Timestamp::MAX);
        if let Err(error) = self.journal.cache(key.to_owned(), value.to_owned(), until).await {
            debug!(%error, "an answer could not be kept");
        }
    }
}

/// Answers questions until their sender is gone. The identifier may be replaced when settings change.
pub(crate) async fn answer_questions(
    mut identifier: watch::Receiver<Arc<Identifier<JournalCache>>>,
    journal: Journal,
    mut questions: mpsc::UnboundedReceiver<Question>,
    answers: mpsc::Sender<Answer>,
) {
    let mut retries = Retries::default();
    let mut reconsidered_at = Instant::now();
    let mut waiting = VecDeque::new();
    let mut look_again = false;
    loop {
        if waiting.is_empty() && look_again {
            look_again = false;
            waiting.extend(held(&journal).await);
        }
        if waiting.is_empty() {
            tokio::select! {
                question = questions.recv() => match question {
                    None => return,
                    Some(Question::Identify(viewing)) => {
                        if reconsidered_at.elapsed() > RECONSIDER {
                            reconsidered_at = Instant::now();
                            look_again = true;
                        }
                        waiting.push_back(*viewing);
                    }
                    Some(Question::Reconsider) => look_again = true,
                },
                changed = identifier.changed() => match changed {
                    Err(_) => return,
                    Ok(()) => look_again = true,
                },
                () = sleep_until(retries.at) => waiting.extend(retries.take()),
            }
        }
        // What begins now does not wait for all that is held.
        while let Ok(question) = questions.try_recv() {
            match question {
                Question::Identify(viewing) => waiting.push_front(*viewing),
                Question::Reconsider => look_again = true,
            }
        }
        let Some(viewing) = waiting.pop_front() else { continue };
        // Not marked as seen: what was looked up with an earlier one is looked up again.
        let current = Arc::clone(&identifier.borrow());
        let id = viewing.id;
        // A task of its own: a name that brings the chain down must not bring the daemon down.
        let asked = tokio::spawn(identify(current, journal.clone(), viewing.clone())).await;
        let Ok(identification) = asked else {
            error!(viewing = %id, "the look-up of a viewing failed in itself: please report this");
            continue;
        };
        if lookup_failed(&identification) {
            retries.add(viewing);
        } else {
            retries.remove(id);
        }
        if answers.send(Answer { viewing: id, identification }).await.is_err() {
            return;
        }
    }
}

/// Viewings whose look-up failed, and when to try again. Empty most of the time: then nothing wakes the task.
#[derive(Debug, Default)]
struct Retries {
    failed: BTreeMap<ViewingId, Viewing>,
    /// How often in a row.
    times: u32,
    at: Option<Instant>,
}

impl Retries {
    /// Keeps `viewing` for the next try. Others that wait already are not put off for it.
    fn add(&mut self, viewing: Viewing) {
        self.failed.insert(viewing.id, viewing);
        if self.at.is_none() {
            let pause = FIRST_RETRY.saturating_mul(2_u32.saturating_pow(self.times)).min(LONGEST_RETRY);
            self.times = self.times.saturating_add(1);
            self.at = Some(Instant::now() + pause);
        }
    }

    /// An answer was got: the next failure is a first one.
    fn remove(&mut self, viewing: ViewingId) {
        self.failed.remove(&viewing);
        self.times = 0;
        if self.failed.is_empty() {
            self.at = None;
        }
    }

    /// What is to be tried now.
    fn take(&mut self) -> Vec<Viewing> {
        self.at = None;
        std::mem::take(&mut self.failed).into_values().collect()
    }
}

/// The chain's answer, unless the user's word on this media is stronger or the chain knows less than before.
async fn identify(
    identifier: Arc<Identifier<JournalCache>>,
    journal: Journal,
    viewing: Viewing,
) -> Identification {
    let media = viewing.media_key();
    let is_sure = media.names_one_thing();
    let before = match journal.known_identity(media).await {
        Ok(before) => before.filter(|_| is_sure),
        Err(error) => {
            warn!(%error, "could not look up what this media was identified as before");
            None
        }
    };
    if let Some(known) = before.as_ref().filter(|known| is_matched(known)) {
        return known.clone();
    }
    let found =
        identifier.identify(Subject { media: &viewing.media, duration: Some(viewing.duration) }).await;
    match (found, before) {
        (Identification::Held { .. }, Some(known)) => known,
        (found, _) => found,
    }
}

async fn held(journal: &Journal) -> Vec<Viewing> {
    match journal.unidentified().await {
        Ok(rows) => {
            debug!(count = rows.len(), "looking again at held viewings");
            rows.into_iter().map(|row| row.viewing).collect()
        }
        Err(error) => {
            warn!(%error, "could not read the held viewings");
            Vec::new()
        }
    }
}

fn is_matched(identification: &Identification) -> bool {
    match identification {
        Identification::Known(known) => {
            known.evidence.iter().any(|found| found.kind == EvidenceKind::Matched)
        }
        Identification::Held { .. } => false,
    }
}

fn lookup_failed(identification: &Identification) -> bool {
    matches!(identification, Identification::Held { reason: HeldReason::LookupFailed { .. }, .. })
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use jiff::Timestamp;
    use secrecy::SecretString;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use uuid::Uuid;

    use super::*;
    use crate::clock::{Moment, Now};
    use crate::identify::{Rule, RuleKind};
    use crate::playback::{Event, EventKind, Parts, Ranges};
    use crate::player::{Location, Media, Position};

    const LIMIT: Duration = Duration::from_secs(30);

    fn viewing(number: u64) -> Viewing {
        let wall = Timestamp::UNIX_EPOCH;
        let path = PathBuf::from(format!("/nowhere/Some Film {number} (1999).mkv"));
        Viewing {
            id: ViewingId(Uuid::from_u64_pair(0, number)),
            media: Arc::new(Media::at(Location::File(path))),
            player: "mpv".into(),
            duration: Duration::from_secs(2700),
            position: Position::ZERO,
            ranges: Ranges::default(),
            started_at: wall,
            position_at: wall,
            parts: Parts::default(),
        }
    }

    /// The task with so many viewings that nobody has looked up, and a TMDB that answers when it is told to.
    struct Bench {
        tmdb: TcpListener,
        journal: Journal,
        replace: watch::Sender<Arc<Identifier<JournalCache>>>,
        ask: mpsc::UnboundedSender<Question>,
        answers: mpsc::Receiver<Answer>,
        _folder: tempfile::TempDir,
    }

    impl Bench {
        async fn with(viewings: u64) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let journal = Journal::open(folder.path()).unwrap();
            for number in 1..=viewings {
                let at = Now { moment: Moment::default(), wall: Timestamp::UNIX_EPOCH };
                let event = Event { kind: EventKind::Started, at, viewing: viewing(number) };
                journal.record(event, Vec::<crate::journal::Recipient>::new()).await.unwrap();
            }
            let tmdb = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let first = identifier(&journal, &tmdb, &[]);
            let (replace, current) = watch::channel(Arc::new(first));
            let (ask, questions) = mpsc::unbounded_channel();
            let (sender, answers) = mpsc::channel(1);
            tokio::spawn(answer_questions(current, journal.clone(), questions, sender));
            Self { tmdb, journal, replace, ask, answers, _folder: folder }
        }

        /// The next answer, while TMDB answers every call that it is in trouble.
        async fn next(&mut self) -> Answer {
            let trouble = async {
                loop {
                    let (mut call, _) = self.tmdb.accept().await.unwrap();
                    refuse(&mut call).await;
                }
            };
            tokio::select! {
                answer = tokio::time::timeout(LIMIT, self.answers.recv()) => answer.unwrap().unwrap(),
                () = trouble => unreachable!(),
            }
        }
    }

    fn identifier(journal: &Journal, tmdb: &TcpListener, rules: &[Rule]) -> Identifier<JournalCache> {
        let token = SecretString::from("0123456789abcdef0123456789abcdef");
        let settings = TmdbSettings {
            api_url: format!("http://{}/3", tmdb.local_addr().unwrap()).parse().unwrap(),
            credential: Some(Credential::parse(&token).unwrap()),
            language: "en-US".into(),
        };
        let cache = JournalCache::new(journal.clone(), Clock::system());
        Identifier::new(Rules::compile(rules, None).unwrap(), settings, cache)
    }

    async fn refuse(call: &mut tokio::net::TcpStream) {
        let answer = b"HTTP/1.1 503 Trouble\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        call.write_all(answer).await.unwrap();
    }

    #[tokio::test]
    async fn what_begins_does_not_wait_for_all_that_is_held() {
        let mut bench = Bench::with(4).await;
        bench.ask.send(Question::Reconsider).unwrap();
        let (mut call, _) = tokio::time::timeout(LIMIT, bench.tmdb.accept()).await.unwrap().unwrap();
        bench.ask.send(Question::Identify(Box::new(viewing(9)))).unwrap();
        refuse(&mut call).await;
        drop(call);
        assert_ne!(bench.next().await.viewing, viewing(9).id);
        assert_eq!(bench.next().await.viewing, viewing(9).id);
    }

    #[tokio::test]
    async fn what_was_looked_up_before_a_rule_came_is_looked_up_again() {
        let mut bench = Bench::with(3).await;
        bench.ask.send(Question::Reconsider).unwrap();
        let (mut call, _) = tokio::time::timeout(LIMIT, bench.tmdb.accept()).await.unwrap().unwrap();
        let rule = Rule {
            path: Some("/nowhere/**".into()),
            regex: None,
            title: None,
            tmdb: 7,
            kind: RuleKind::Movie,
            season: None,
            episode: None,
            episode_offset: None,
        };
        bench.replace.send(Arc::new(identifier(&bench.journal, &bench.tmdb, &[rule]))).unwrap();
        refuse(&mut call).await;
        drop(call);
        let first = bench.next().await;
        assert!(lookup_failed(&first.identification), "{first:?}");
        loop {
            let answer = bench.next().await;
            assert!(matches!(answer.identification, Identification::Known(_)), "{answer:?}");
            if answer.viewing == first.viewing {
                break;
            }
        }
    }
}
