//! The services that this program knows, and the workers for those that the settings want.

mod discovr;
mod trakt;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::tokens::{TokenOrigin, Tokens};
use super::workers::{Bench, Launch, Worker};
use crate::clock::Clock;
use crate::config::{SecretOf, SecretPlaces, Settings};
use crate::control::LiveService;
use crate::error_chain::chain;
use crate::journal::{
    Account, Addressee, Journal, JournalError, ProfileId, Recipient, ServiceName, SignIn, Telling,
};
use crate::keyring::SignInTo;
use crate::service::{Active, ClockSkew};

/// All of them, in the order in which people are shown them. A new one is a line here.
pub(crate) static KNOWN: [Known; 2] = [discovr::KNOWN, trakt::KNOWN];

/// How long a worker is left alone that has failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// A service that this program knows, as far as the daemon and the commands have to.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: ServiceName,
    /// How it is called in a sentence.
    pub(crate) called: &'static str,
    /// The setting that turns it on and off.
    pub(crate) switch: &'static str,
    telling: Telling,
    /// Whether the settings want it.
    pub(crate) is_enabled: fn(&Settings) -> bool,
    /// Which sign-in it needs.
    sign_in: SignInTo,
    /// The secrets that its worker only reads. The sign-in is not among them where the worker itself renews it: then only a
    /// change by others is news.
    reads: &'static [SecretOf],
    /// Whether two settings are the same for it.
    is_same: fn(&Settings, &Settings) -> bool,
    /// The profile that new viewings belong to, if it has profiles.
    profile: fn(&Settings, &SignIn) -> Option<ProfileId>,
    /// Makes the service, as the settings say now.
    launch: fn(&Means<'_>, Active) -> Launch,
}

/// What a service may be made from.
#[derive(Debug)]
struct Means<'a> {
    settings: &'a Settings,
    tokens: &'a Arc<Tokens>,
    places: &'a SecretPlaces,
    journal: &'a Journal,
    clock: &'a Clock,
    skew: &'a ClockSkew,
}

impl Known {
    fn recipient(&self, settings: &Settings, sign_in: &SignIn) -> Recipient {
        Recipient {
            service: self.name,
            // Whose sign-in it is cannot be asked everywhere; where there are profiles, they are unique across accounts.
            account: Account(String::new()),
            profile: (self.profile)(settings, sign_in),
        }
    }
}

/// The services that people are shown: those that the settings want, and the first one, even if it is off. With settings
/// that cannot be read, all of them.
pub(crate) fn shown(settings: Option<&Settings>) -> impl Iterator<Item = &'static Known> {
    let is_shown = move |at: usize, known: &Known| {
        at == 0 || settings.is_none_or(|settings| (known.is_enabled)(settings))
    };
    KNOWN.iter().enumerate().filter(move |(at, known)| is_shown(*at, known)).map(|(_, known)| known)
}

/// The service of this name.
pub(crate) fn named(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name.0 == name)
}

/// Whom a viewing is told that a command keeps: the services that the settings want, with what sign-ins have left in
/// `journal`, if there is one.
///
/// # Errors
/// When the journal cannot be read.
pub(crate) async fn addressees_of(
    settings: &Settings,
    journal: Option<&Journal>,
) -> Result<Vec<Addressee>, JournalError> {
    let mut all = Vec::new();
    for known in KNOWN.iter().filter(|known| (known.is_enabled)(settings)) {
        let sign_in = match journal {
            Some(journal) => journal.sign_in(known.name).await?,
            None => SignIn::default(),
        };
        all.push(Addressee { recipient: known.recipient(settings, &sign_in), telling: known.telling });
    }
    Ok(all)
}

/// Wakes every worker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wakes(Vec<Arc<Notify>>);

impl Wakes {
    pub(crate) fn all(&self) {
        self.0.iter().for_each(|wake| wake.notify_one());
    }
}

/// What is measured of each service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gauges(Vec<(ServiceName, ClockSkew, TokenOrigin)>);

impl Gauges {
    /// What there is to say of each service that has answered, or whose token was looked for; `of_run` being by how many seconds this machine's clock was
    /// set since.
    pub(crate) fn live(&self, clock: &Clock) -> Vec<LiveService> {
        // People compare it with the clock that they see.
        let ahead = |of_run: i64| of_run.saturating_sub(clock.system_ahead() / 1_000);
        let live = |(service, skew, origin): &(ServiceName, ClockSkew, TokenOrigin)| LiveService {
            service: service.to_string(),
            clock_ahead: skew.ahead().map(ahead),
            token_in: origin.get(),
        };
        self.0.iter().map(live).filter(|live| live.clock_ahead.is_some() || live.token_in.is_some()).collect()
    }
}

/// The services as the daemon keeps them running.
#[derive(Debug)]
pub(crate) struct Services {
    all: Vec<Kept>,
    places: SecretPlaces,
    journal: Journal,
    clock: Clock,
}

/// One of them.
#[derive(Debug)]
struct Kept {
    known: &'static Known,
    /// What a sign-in left in the journal.
    sign_in: SignIn,
    tokens: Arc<Tokens>,
    origin: TokenOrigin,
    worker: Worker,
    wake: Arc<Notify>,
    skew: ClockSkew,
}

impl Services {
    /// Reads what sign-ins have left. Nothing is started.
    pub(crate) async fn new(
        journal: Journal,
        clock: Clock,
        settings: &watch::Receiver<Arc<Settings>>,
        places: SecretPlaces,
    ) -> Self {
        let mut all = Vec::new();
        for known in &KNOWN {
            let sign_in = read_sign_in(&journal, known).await.unwrap_or_default();
            let origin = TokenOrigin::default();
            let (settings, places) = (settings.clone(), places.clone());
            let tokens = Tokens::of(known.sign_in, settings, places, journal.clone(), origin.clone());
            let (worker, wake, skew) = (Worker::default(), Arc::default(), ClockSkew::default());
            all.push(Kept { known, sign_in, tokens, origin, worker, wake, skew });
        }
        Self { all, places, journal, clock }
    }

    pub(crate) fn wakes(&self) -> Wakes {
        Wakes(self.all.iter().map(|kept| Arc::clone(&kept.wake)).collect())
    }

    pub(crate) fn gauges(&self) -> Gauges {
        let gauge = |kept: &Kept| (kept.known.name, kept.skew.clone(), kept.origin.clone());
        Gauges(self.all.iter().map(gauge).collect())
    }

    /// Sends a word to `changed` when the keyring has another token than a worker was given, until `cancel`.
    pub(crate) fn watch_keyring(&self, changed: &mpsc::Sender<SignInTo>, cancel: &CancellationToken) {
        for kept in &self.all {
            tokio::spawn(Arc::clone(&kept.tokens).watch_keyring(changed.clone(), cancel.clone()));
        }
    }

    /// Whom new viewings are told.
    pub(crate) fn addressees(&self, settings: &Settings) -> Vec<Addressee> {
        let enabled = self.all.iter().filter(|kept| (kept.known.is_enabled)(settings));
        enabled
            .map(|kept| Addressee {
                recipient: kept.known.recipient(settings, &kept.sign_in),
                telling: kept.known.telling,
            })
            .collect()
    }

    /// Starts a worker for each service that is wanted.
    pub(crate) fn start(&mut self, settings: &Settings) {
        self.restart(settings, |_| true);
    }

    /// Starts the workers anew for which `before` and `now` are not the same.
    pub(crate) fn change(&mut self, before: &Settings, now: &Settings) {
        self.restart(now, |known| !(known.is_same)(before, now));
    }

    /// Starts the worker anew whose secret this is, unless it has changed it itself.
    pub(crate) async fn renew_secret(&mut self, settings: &Settings, of: SecretOf) {
        let mut concerned = Vec::new();
        for Kept { known, tokens, .. } in &self.all {
            let is_its_sign_in = of == SecretOf::SignIn(known.sign_in);
            if known.reads.contains(&of) || (is_its_sign_in && tokens.has_changed().await) {
                concerned.push(known.name);
            }
        }
        self.restart(settings, |known| concerned.contains(&known.name));
    }

    /// Takes over what commands have changed about the sign-ins, and starts the workers anew that it concerns. Says whether
    /// somebody else is to be told of new viewings now.
    pub(crate) async fn renew_sign_ins(&mut self, settings: &Settings) -> bool {
        let mut concerned = Vec::new();
        let mut others = false;
        for kept in &mut self.all {
            let Some(sign_in) = read_sign_in(&self.journal, kept.known).await else { continue };
            let before = std::mem::replace(&mut kept.sign_in, sign_in);
            let recipient = |sign_in| kept.known.recipient(settings, sign_in);
            if recipient(&before) != recipient(&kept.sign_in) {
                info!(service = %kept.known.name, "another profile is active");
                others = true;
            } else if before.signed_in_at == kept.sign_in.signed_in_at {
                continue;
            }
            concerned.push(kept.known.name);
        }
        self.restart(settings, |known| concerned.contains(&known.name));
        others
    }

    /// Waits until a worker ends that should not, and starts it again after a while: the other services have nothing to do
    /// with it.
    pub(crate) async fn mend(&mut self, settings: &Settings) {
        let at = std::future::poll_fn(|context| {
            let failed = self.all.iter_mut().position(|kept| kept.worker.poll_failed(context).is_ready());
            failed.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        })
        .await;
        let name = self.all[at].known.name;
        error!(service = %name, "a worker failed and is started again: please report this with the log");
        self.launch(at, settings, PAUSE_AFTER_FAILURE);
    }

    /// Has all workers say farewell at the same time.
    pub(crate) async fn stop(&mut self) {
        self.all.iter().for_each(|kept| kept.worker.order_farewell());
        for kept in &mut self.all {
            kept.worker.ended().await;
        }
    }

    /// Waits until no sign-in is being renewed: the old one may be void already, and the new one is not kept yet.
    pub(crate) async fn renewed(&self) {
        for kept in &self.all {
            kept.tokens.renewing.over().await;
        }
    }

    fn restart(&mut self, settings: &Settings, which: impl Fn(&Known) -> bool) {
        for at in 0..self.all.len() {
            if which(self.all[at].known) {
                self.launch(at, settings, Duration::ZERO);
            }
        }
    }

    fn launch(&mut self, at: usize, settings: &Settings, pause: Duration) {
        let Kept { known, sign_in, tokens, worker, wake, skew, .. } = &mut self.all[at];
        let launch = (known.is_enabled)(settings).then(|| {
            let Recipient { account, profile, .. } = known.recipient(settings, sign_in);
            let means = Means {
                settings,
                tokens,
                places: &self.places,
                journal: &self.journal,
                clock: &self.clock,
                skew,
            };
            (known.launch)(&means, Active { account, profile })
        });
        let bench =
            Bench { journal: self.journal.clone(), clock: self.clock.clone(), wake: Arc::clone(wake) };
        worker.replace(launch, bench, pause);
    }
}

async fn read_sign_in(journal: &Journal, known: &Known) -> Option<SignIn> {
    let read = journal.sign_in(known.name).await;
    read.inspect_err(|error| {
        warn!(service = %known.name, error = %chain(error), "the sign-in cannot be read: the last one stays in force");
    })
    .ok()
}
