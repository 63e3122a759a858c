//! The main loop: everything that can happen comes in here, one thing at a time, and is dealt with in order.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::backlog::Backlog;
use super::identification::{Answer, Question};
use super::services::{Gauges, Wakes};
use super::status::live_status;
use crate::clock::{Clock, Moment};
use crate::control::Asked;
use crate::error_chain::chain;
use crate::identify::{Identification, Identity, parts_named};
use crate::journal::{Addressee, Journal, JournalError, ServiceState};
use crate::playback::{self, Event, EventKind, Input, Kind, Output, Parts, Tracker, Viewing};
use crate::player::{MediaKey, PlayerReport};

/// How long the journal is left alone after it could not be written.
const JOURNAL_RETRY: Duration = Duration::from_secs(15);

/// Everything that can happen to the daemon.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A watcher saw something.
    Report(PlayerReport),
    /// A viewing was identified or held.
    Answer(Answer),
    /// The settings changed.
    Settings(Box<Changes>),
    /// A command wants something.
    Asked(Asked),
    /// The network is back, or the machine awake again.
    TryAgain,
    /// The wall clock was set, or went on without us while the machine slept.
    ClockSet,
    /// A deadline has come.
    Deadline,
}

/// What changed settings mean for the main loop.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) playback: playback::Settings,
    pub(crate) addressees: Vec<Addressee>,
}

/// The state of the main loop.
#[derive(Debug)]
pub(crate) struct MainLoop {
    pub(crate) clock: Clock,
    pub(crate) tracker: Tracker,
    pub(crate) journal: Journal,
    /// Whom new viewings are told.
    pub(crate) addressees: Vec<Addressee>,
    pub(crate) questions: mpsc::UnboundedSender<Question>,
    /// Wakes the services' workers.
    pub(crate) wakes: Wakes,
    pub(crate) gauges: Gauges,
    backlog: Backlog,
    /// The correction of this run's times that the journal goes by.
    believed: Option<SignedDuration>,
    /// Media the tracker asked for while the journal could not be read.
    unanswered: Vec<MediaKey>,
    /// Answers that the journal could not take yet.
    unfiled: Vec<Answer>,
    journal_retry_at: Option<Moment>,
    /// Why the journal fails, of which the user was told.
    journal_trouble: Option<String>,
}

impl MainLoop {
    pub(crate) fn new(
        clock: Clock,
        tracker: Tracker,
        journal: Journal,
        questions: mpsc::UnboundedSender<Question>,
    ) -> Self {
        Self {
            clock,
            tracker,
            journal,
            addressees: Vec::new(),
            questions,
            wakes: Wakes::default(),
            gauges: Gauges::default(),
            backlog: Backlog::default(),
            believed: None,
            unanswered: Vec::new(),
            unfiled: Vec::new(),
            journal_retry_at: None,
            journal_trouble: None,
        }
    }

    /// When [`Happening::Deadline`] is to be given, if nothing else happens.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        let tracker = self.tracker.deadline().map(|deadline| deadline.at);
        [tracker, self.journal_retry_at].into_iter().flatten().min()
    }

    /// Deals with one thing.
    pub(crate) async fn handle(&mut self, happening: Happening) {
        self.keep_time().await;
        match happening {
            Happening::Report(report) => self.track(Input::Report(report)).await,
            Happening::Answer(answer) => self.answered(answer).await,
            Happening::Settings(changes) => {
                self.addressees = changes.addressees;
                self.track(Input::Settings(Box::new(changes.playback))).await;
                self.wakes.all();
            }
            Happening::Asked(Asked::Nudge(reply)) => {
                self.look_for_titles().await;
                self.wakes.all();
                // The command may have left: then nobody waits for it.
                let _ = reply.send(());
            }
            Happening::Asked(Asked::Status(reply)) => {
                let status = live_status(
                    &self.tracker,
                    self.clock.now(),
                    self.gauges.live(&self.clock),
                    self.journal_trouble.clone(),
                );
                let _ = reply.send(status);
            }
            Happening::TryAgain => self.try_again().await,
            // What waits by the wall clock may be due.
            Happening::ClockSet => self.wakes.all(),
            Happening::Deadline => self.track(Input::Tick).await,
        }
        self.catch_up().await;
    }

    /// Closes every sitting and writes what can be written.
    pub(crate) async fn shut_down(&mut self) {
        // Once more, before the sittings that still wait for the journal's answer are closed.
        self.journal_retry_at = None;
        self.catch_up().await;
        let unknown = self.unanswered.len();
        self.track(Input::Shutdown).await;
        if self.journal_retry_at.is_none() {
            self.catch_up().await;
        }
        if !self.backlog.is_empty() || unknown > 0 {
            error!("the journal could not be written before the end: the last positions are lost");
        }
    }

    /// The clock may have been set, or found to be wrong. What cannot be mended now is the next time, and in any case
    /// before it is told.
    async fn keep_time(&mut self) {
        let correction = self.clock.belief().correction;
        if self.believed == Some(correction) {
            return;
        }
        match self.journal.keep_time(&self.clock).await {
            Ok(mended) => {
                self.believed = Some(correction);
                if mended {
                    info!("the clock was wrong: the times of what nobody was told yet are put right");
                }
            }
            Err(error) => tracing::debug!(error = %chain(&error), "times cannot be put right yet"),
        }
    }

    async fn track(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for output in self.tracker.handle(input, self.clock.now()) {
                match output {
                    Output::Recall(media) => inputs.extend(self.recall(media).await),
                    Output::Event(event) => {
                        let begun = (event.kind == EventKind::Started).then(|| event.viewing.clone());
                        self.record(*event).await;
                        if let Some(viewing) = begun {
                            inputs.extend(self.what_is_known(&viewing).await);
                        }
                    }
                }
            }
        }
    }

    async fn recall(&mut self, media: MediaKey) -> Option<Input> {
        match self.journal.recall(media.clone()).await {
            Ok(viewing) => Some(Input::Recalled { media, viewing: viewing.map(Box::new) }),
            Err(error @ JournalError::Unreadable { .. }) => {
                // Only this viewing is lost to us, not the journal: what is watched now is a new one.
                warn!(error = %chain(&error), "an earlier viewing cannot be continued");
                Some(Input::Recalled { media, viewing: None })
            }
            Err(error) => {
                self.journal_failed(&error);
                self.unanswered.push(media);
                None
            }
        }
    }

    async fn record(&mut self, event: Event) {
        match event.kind {
            EventKind::Started | EventKind::Completed | EventKind::Stopped => {
                info!(viewing = %event.viewing.id, player = %event.viewing.player, "{}", milestone(&event));
            }
            EventKind::Paused | EventKind::Resumed | EventKind::Sought | EventKind::Progressed => {
                tracing::debug!(viewing = %event.viewing.id, kind = ?event.kind, "event");
            }
        }
        self.backlog.push(event);
        if self.journal_retry_at.is_none() {
            self.write_backlog().await;
        }
    }

    async fn write_backlog(&mut self) {
        while let Some(event) = self.backlog.front().cloned() {
            let (kind, viewing) = (event.kind, event.viewing.clone());
            if let Err(error) = self.journal.record(event, self.addressees.clone()).await {
                self.journal_failed(&error);
                return;
            }
            self.backlog.pop();
            if kind == EventKind::Started {
                // The task ends only with the daemon.
                let _ = self.questions.send(Question::Identify(Box::new(viewing)));
            }
            self.wakes.all();
        }
    }

    /// Tries again what the journal could not do, until it fails again.
    async fn catch_up(&mut self) {
        let now = self.clock.now().moment;
        if self.journal_retry_at.is_some_and(|at| at > now) {
            return;
        }
        self.journal_retry_at = None;
        self.write_backlog().await;
        for answer in std::mem::take(&mut self.unfiled) {
            if self.journal_retry_at.is_some() {
                self.unfiled.push(answer);
            } else {
                self.answered(answer).await;
            }
        }
        for media in std::mem::take(&mut self.unanswered) {
            if self.journal_retry_at.is_some() {
                self.unanswered.push(media);
            } else if let Some(input) = self.recall(media).await {
                Box::pin(self.track(input)).await;
            }
        }
        if self.journal_retry_at.is_none() && self.journal_trouble.take().is_some() {
            info!("the journal can be used again, and holds what was kept in memory");
            // What began in the meantime has not been looked up. The task ends only with the daemon.
            let _ = self.questions.send(Question::Reconsider);
        }
    }

    fn journal_failed(&mut self, error: &JournalError) {
        if self.journal_trouble.is_none() {
            error!(error = %chain(error), "the journal cannot be used: what is watched is kept in memory until it can");
        }
        self.journal_trouble = Some(chain(error));
        self.journal_retry_at = Some(self.clock.now().moment.after(JOURNAL_RETRY));
    }

    /// Tries at once what waits for services that could not be reached, and looks up what could not be.
    async fn try_again(&mut self) {
        for service in self.addressees.iter().map(|addressee| addressee.recipient.service) {
            let cleared = match self.journal.service_state(service).await {
                Ok(state) if state.failures > 0 => {
                    self.journal.set_service_state(ServiceState { not_before: None, ..state }).await
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = cleared {
                warn!(error = %chain(&error), "what waits could not be made due");
            }
        }
        self.wakes.all();
        // The task ends only with the daemon.
        let _ = self.questions.send(Question::Reconsider);
    }

    /// A command may have given something that is being watched its title.
    async fn look_for_titles(&mut self) {
        let watching = self.tracker.sittings(self.clock.now());
        for viewing in watching.into_iter().filter_map(|sitting| sitting.viewing) {
            if let Some(known) = self.what_is_known(&viewing).await {
                self.track(known).await;
            }
        }
    }

    /// What the journal says a viewing is. While it does not know, its name says in how many parts it is shown, so that
    /// each has its own time.
    async fn what_is_known(&self, viewing: &Viewing) -> Option<Input> {
        let row = self.journal.viewing(viewing.id).await.unwrap_or_else(|error| {
            warn!(error = %chain(&error), "could not look up what is being watched");
            None
        });
        let (kind, parts) = match row.and_then(|row| row.identification) {
            Some(Identification::Known(known)) => {
                (Some(kind(&known.identity)), Parts::number(known.identity.works().len()))
            }
            Some(Identification::Held { .. }) | None => (None, Parts::number(parts_named(&viewing.media))),
        };
        (kind.is_some() || parts != viewing.parts.count()).then_some(Input::Work {
            viewing: viewing.id,
            kind,
            parts,
        })
    }

    async fn answered(&mut self, answer: Answer) {
        let Answer { viewing, identification } = answer.clone();
        let held = matches!(identification, Identification::Held { .. });
        let now = self.clock.now().wall;
        match self.journal.identify(viewing, identification, now).await {
            Ok(filed) if filed.changed && held => {
                info!(%viewing, "held: `discovr-scrobbler match` gives it its title");
            }
            Ok(filed) if filed.changed => info!(%viewing, "identified"),
            Ok(_) => {}
            Err(error @ JournalError::NoSuchViewing(_)) => {
                warn!(error = %chain(&error), "could not keep what a viewing was identified as");
                return;
            }
            Err(error) => {
                self.journal_failed(&error);
                self.unfiled.push(answer);
                return;
            }
        }
        // Not this answer itself: the user's word may outrank it.
        let watching =
            self.tracker.sittings(self.clock.now()).into_iter().filter_map(|sitting| sitting.viewing);
        if let Some(watched) = watching.into_iter().find(|watched| watched.id == viewing)
            && let Some(known) = self.what_is_known(&watched).await
        {
            self.track(known).await;
        }
        self.wakes.all();
    }
}

/// What the threshold goes by.
fn kind(identity: &Identity) -> Kind {
    match identity {
        Identity::Movie { .. } => Kind::Movie,
        Identity::Episodes { .. } => Kind::Episode,
    }
}

fn milestone(event: &Event) -> &'static str {
    match event.kind {
        EventKind::Started => "a viewing has started",
        EventKind::Completed if event.viewing.completed_at().is_none() => {
            "an episode of a viewing is completed"
        }
        EventKind::Completed => "a viewing is completed",
        EventKind::Stopped => "a viewing has stopped",
        EventKind::Paused | EventKind::Resumed | EventKind::Sought | EventKind::Progressed => {
            "a viewing goes on"
        }
    }
}
