//! The wiring: opens the journal, starts every room, and passes on what happens until it is told to stop.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use super::DaemonError;
use super::expiry::ExpiryWatch;
use super::identification::{Answer, JournalCache, Question, answer_questions, identifier};
use super::lock::Lock;
use super::main_loop::{Changes, Happening, MainLoop};
use super::services::Services;
use super::signals::Signals;
use super::systemd::{Watchdog, tell};
use super::watchers::{Wanted, Watchers};
use crate::clock::{Clock, Moment};
use crate::config::{self, Change, Loaded, SecretOf, Settings, Watched};
use crate::control::{Asked, Listener};
use crate::desktop;
use crate::error_chain::chain;
use crate::identify::Identifier;
use crate::journal::Journal;
use crate::keyring::SignInTo;
use crate::playback::{Tracker, ViewingId};
use crate::player::PlayerReport;
use crate::player::mpv::{MpvSettings, Places};

/// How many reports may wait for the main loop.
const WAITING_REPORTS: usize = 256;

/// How long the end may take, with a journal that another process holds, and a service that does not answer.
const LONGEST_END: Duration = Duration::from_millis(4_500);

/// How much longer it may take while a sign-in is being renewed. The unit leaves ten seconds in all.
const LONGEST_RENEWAL: Duration = Duration::from_secs(4);

/// What the daemon works with.
#[derive(Debug)]
pub struct Setup {
    /// The settings in force at the start.
    pub loaded: Loaded,
    /// Where they come from, to see when they change.
    pub watched: Watched,
    /// The folder of the journal and the lock.
    pub state_dir: PathBuf,
    /// The socket that commands use.
    pub socket: PathBuf,
    /// Where mpv's sockets may be.
    pub mpv_places: Places,
}

/// Runs until SIGTERM, SIGINT or, unless it was started with that ignored, SIGHUP.
///
/// # Errors
/// As [`run_until`], and when the system does not let it listen to signals.
pub async fn run(setup: Setup) -> Result<(), DaemonError> {
    let mut signals = Signals::listen().map_err(DaemonError::Signals)?;
    run_until(setup, async move { signals.stop().await }).await
}

/// Runs until `stop`, then closes every sitting, says farewell to the services and closes the journal.
///
/// # Errors
/// When it cannot start: another daemon has the folder, or the journal cannot be opened. Later only by a bug of its own.
pub async fn run_until(setup: Setup, stop: impl Future<Output = ()>) -> Result<(), DaemonError> {
    let clock = Clock::system();
    let mut lock = Lock::take(&setup.state_dir)?;
    let journal = Journal::open(&setup.state_dir)?;
    journal.remind(&clock).await?;
    journal.keep_time(&clock).await?;
    let unsure = journal.recover().await?;
    if unsure > 0 {
        info!(
            unsure,
            "deliveries were under way when the last daemon ended: the services will be asked about them"
        );
    }
    let mut daemon = Daemon::start(setup, clock, journal).await;
    tell(&[NotifyState::Ready]);
    info!(version = env!("CARGO_PKG_VERSION"), "watching");
    let ended = daemon.work(&mut lock, stop).await;
    tell(&[NotifyState::Stopping]);
    info!("ending");
    daemon.end().await;
    ended
}

/// All that runs.
struct Daemon {
    clock: Clock,
    settings: watch::Sender<Arc<Settings>>,
    watched: Watched,
    mpv_places: Places,
    main: MainLoop,
    watchers: Watchers,
    services: Services,
    /// The keyring has another token.
    keyring: mpsc::Receiver<SignInTo>,
    expiry: ExpiryWatch,
    identifier: watch::Sender<Arc<Identifier<JournalCache>>>,
    identifying: JoinHandle<()>,
    listening: Option<JoinHandle<()>>,
    reports: mpsc::Receiver<PlayerReport>,
    answers: mpsc::Receiver<Answer>,
    asked: mpsc::Receiver<Asked>,
    changes: Option<mpsc::Receiver<Change>>,
    again: mpsc::Receiver<()>,
    clock_set: mpsc::Receiver<()>,
    cancel: CancellationToken,
    watchdog: Watchdog,
}

impl Daemon {
    async fn start(setup: Setup, clock: Clock, journal: Journal) -> Self {
        let Setup { loaded, watched, socket, mpv_places, state_dir: _ } = setup;
        let cancel = CancellationToken::new();
        let changes = config::watch(watched.clone(), loaded.clone(), cancel.clone());
        let changes = changes.inspect_err(|error| warn!(error = %chain(error), "no live reload")).ok();
        let settings = loaded.settings;

        let (asked_sender, asked) = mpsc::channel(16);
        let listening = match Listener::bind(socket) {
            Ok(listener) => Some(tokio::spawn(listener.serve(asked_sender))),
            Err(error) => {
                warn!(error = %chain(&error), "no control socket");
                None
            }
        };

        let (identifier, identifiers) =
            watch::channel(Arc::new(identifier_of(&settings, &watched, &journal, &clock)));
        let (questions, asked_questions) = mpsc::unbounded_channel();
        let (answers_sender, answers) = mpsc::channel(16);
        let identifying =
            tokio::spawn(answer_questions(identifiers, journal.clone(), asked_questions, answers_sender));
        // What the last daemon left without a title may be found now. The task was just started: it listens.
        let _ = questions.send(Question::Reconsider);

        let home = watched.places.home.as_deref();
        let tracker = Tracker::new(settings.for_playback(home), || ViewingId(Uuid::now_v7()));
        let mut main = MainLoop::new(clock.clone(), tracker, journal, questions);

        let (again_sender, again) = mpsc::channel(1);
        tokio::spawn(desktop::watch(again_sender, cancel.clone()));
        let (clock_set_sender, clock_set) = mpsc::channel(1);
        tokio::spawn(desktop::watch_clock(clock_set_sender, cancel.clone()));

        let (reports_sender, reports) = mpsc::channel(WAITING_REPORTS);
        let watchers =
            Watchers::start(clock.clone(), reports_sender, wanted(&settings, &watched, &mpv_places));
        let (settings, in_force) = watch::channel(Arc::new(settings));
        let (keyring_sender, keyring) = mpsc::channel(1);
        let services =
            Services::new(main.journal.clone(), clock.clone(), &in_force, watched.places.clone()).await;
        main.addressees = services.addressees(&settings.borrow());
        (main.wakes, main.gauges) = (services.wakes(), services.gauges());
        services.watch_keyring(&keyring_sender, &cancel);
        let mut daemon = Self {
            clock,
            settings,
            watched,
            mpv_places,
            main,
            watchers,
            services,
            keyring,
            expiry: ExpiryWatch::default(),
            identifier,
            identifying,
            listening,
            reports,
            answers,
            asked,
            changes,
            again,
            clock_set,
            cancel,
            watchdog: Watchdog::from_environment(),
        };
        daemon.services.start(&daemon.settings.borrow());
        daemon.look_at_expiry().await;
        daemon
    }

    /// Passes on what happens, one thing at a time.
    async fn work(&mut self, lock: &mut Lock, stop: impl Future<Output = ()>) -> Result<(), DaemonError> {
        tokio::pin!(stop);
        loop {
            let (deadline, now) = (self.main.deadline(), Arc::clone(&self.settings.borrow()));
            let happening = tokio::select! {
                () = &mut stop => return Ok(()),
                Some(report) = self.reports.recv() => {
                    self.watchers.note(&report);
                    Happening::Report(report)
                }
                Some(answer) = self.answers.recv() => Happening::Answer(answer),
                Some(asked) = self.asked.recv() => {
                    if matches!(asked, Asked::Nudge(_)) {
                        self.renew_sign_ins().await;
                    }
                    Happening::Asked(asked)
                }
                Some(()) = self.again.recv() => {
                    self.look_at_expiry().await;
                    Happening::TryAgain
                }
                Some(()) = self.clock_set.recv() => {
                    self.look_at_expiry().await;
                    Happening::ClockSet
                }
                () = sleep_until(&self.clock, self.expiry.look_at()) => {
                    self.look_at_expiry().await;
                    continue;
                }
                Some(of) = self.keyring.recv() => {
                    self.change(Change::Secret(SecretOf::SignIn(of))).await;
                    continue;
                }
                change = next(&mut self.changes) => {
                    self.change(change).await;
                    continue;
                }
                gone = self.watchers.failed() => {
                    self.pass_on(gone).await;
                    continue;
                }
                () = self.services.mend(&now) => continue,
                () = self.main.journal.renewed() => {
                    // Whoever deleted the journal may have deleted the lock beside it.
                    lock.renew()?;
                    continue;
                }
                _ = &mut self.identifying => return Err(DaemonError::Ended("identification")),
                () = self.watchdog.sign() => continue,
                () = sleep_until(&self.clock, deadline) => Happening::Deadline,
            };
            self.main.handle(happening).await;
        }
    }

    async fn pass_on(&mut self, reports: Vec<PlayerReport>) {
        for report in reports {
            self.main.handle(Happening::Report(report)).await;
        }
    }

    async fn change(&mut self, change: Change) {
        match change {
            Change::Broken(error) => {
                let places = error.outline();
                error!("the changed configuration is wrong, so the last one stays in force: {places}");
            }
            Change::Secret(SecretOf::Tmdb) => {
                info!("the token for TMDB has changed");
                self.renew_identifier();
            }
            Change::Secret(of) => {
                info!(?of, "a token has changed");
                self.renew_sign_ins().await;
                let settings = Arc::clone(&self.settings.borrow());
                self.services.renew_secret(&settings, of).await;
            }
            Change::Settings(loaded) => {
                let before = self.settings.send_replace(Arc::new(loaded.settings));
                let now = Arc::clone(&self.settings.borrow());
                info!("the configuration has changed and is in force");
                let changes = Changes {
                    playback: now.for_playback(self.watched.places.home.as_deref()),
                    addressees: self.services.addressees(&now),
                };
                self.main.handle(Happening::Settings(Box::new(changes))).await;
                if before.players != now.players {
                    let gone = self.watchers.restart(wanted(&now, &self.watched, &self.mpv_places)).await;
                    self.pass_on(gone).await;
                }
                self.services.change(&before, &now);
                if before.discovr != now.discovr {
                    self.look_at_expiry().await;
                }
                if before.tmdb != now.tmdb || before.rules != now.rules {
                    self.renew_identifier();
                }
            }
        }
    }

    /// Takes over what commands have changed about the sign-ins.
    async fn renew_sign_ins(&mut self) {
        let settings = Arc::clone(&self.settings.borrow());
        if self.services.renew_sign_ins(&settings).await {
            self.main.addressees = self.services.addressees(&settings);
        }
        self.look_at_expiry().await;
    }

    async fn look_at_expiry(&mut self) {
        if self.settings.borrow().discovr.enabled {
            self.expiry.look(&self.main.journal, &self.clock).await;
        }
    }

    fn renew_identifier(&mut self) {
        let identifier =
            identifier_of(&self.settings.borrow(), &self.watched, &self.main.journal, &self.clock);
        self.identifier.send_replace(Arc::new(identifier));
    }

    /// Ends everything in the order of the river, so that what was seen last is written and, if it can be, delivered.
    async fn end(mut self) {
        let mut is_kept = false;
        let all = self.end_in_order(&mut is_kept);
        let is_in_time = tokio::time::timeout(LONGEST_END, all).await.is_ok();
        if tokio::time::timeout(LONGEST_RENEWAL, self.services.renewed()).await.is_err() {
            warn!("a sign-in was being renewed and there was no answer: you may have to sign in again");
        }
        if is_in_time {
            return;
        }
        if is_kept {
            warn!("not everything was told before the end: the next daemon goes on with it");
        } else {
            error!("the journal could not be written before the end: the last positions are lost");
        }
    }

    /// `is_kept` becomes true once the last positions are on disk, or are known not to get there.
    async fn end_in_order(&mut self, is_kept: &mut bool) {
        self.cancel.cancel();
        self.watchers.stop().await;
        while let Ok(report) = self.reports.try_recv() {
            self.main.handle(Happening::Report(report)).await;
        }
        self.main.shut_down().await;
        *is_kept = true;
        self.identifying.abort();
        self.services.stop().await;
        if let Some(listening) = &self.listening {
            listening.abort();
        }
        self.main.journal.clone().close().await;
    }
}

fn wanted(settings: &Settings, watched: &Watched, mpv_places: &Places) -> Wanted {
    let sockets = settings.for_mpv(watched.places.home.as_deref());
    Wanted {
        mpv: sockets.map(|sockets| MpvSettings { sockets, places: mpv_places.clone() }),
        mpris: settings.for_mpris(),
    }
}

fn identifier_of(
    settings: &Settings,
    watched: &Watched,
    journal: &Journal,
    clock: &Clock,
) -> Identifier<JournalCache> {
    let cache = JournalCache::new(journal.clone(), clock.clone());
    let (identifier, warning) = identifier(settings, &watched.places, cache);
    if let Some(warning) = warning {
        error!("{warning}");
    }
    identifier
}

/// The next change; never, when changes cannot be seen.
async fn next(changes: &mut Option<mpsc::Receiver<Change>>) -> Change {
    if let Some(receiver) = changes {
        if let Some(change) = receiver.recv().await {
            return change;
        }
        *changes = None;
    }
    std::future::pending().await
}

async fn sleep_until(clock: &Clock, at: Option<Moment>) {
    match at {
        Some(at) => tokio::time::sleep_until(clock.instant(at)).await,
        None => std::future::pending().await,
    }
}
