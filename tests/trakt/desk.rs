//! A service with its stand-in, the tokens it keeps, and deliveries to give it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use discovr_scrobbler::clock::Clock;
use discovr_scrobbler::identify::{MovieId, SeriesId, Work};
use discovr_scrobbler::journal::{
    Account, Content, Delivery, DeliveryId, Live, LiveWord, ProfileId, Recipient,
};
use discovr_scrobbler::playback::{Progress, ViewingId};
use discovr_scrobbler::service::trakt::{Application, TRAKT, TokenKeeper, Trakt};
use discovr_scrobbler::service::{Outcome, Receipt, Service};
use discovr_scrobbler_support::trakt::{CLIENT_ID, CLIENT_SECRET, Trakt as StandIn};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

pub(crate) const EPISODE: Work = Work::Episode { tmdb: SeriesId(1396), season: 1, episode: 2 };
pub(crate) const MOVIE: Work = Work::Movie { tmdb: MovieId(603) };

/// A place for tokens that a test can look into and shut.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drawer(Arc<Mutex<(Option<String>, bool)>>);

impl Drawer {
    pub(crate) fn with(text: &str) -> Self {
        Self(Arc::new(Mutex::new((Some(text.to_owned()), false))))
    }

    pub(crate) fn text(&self) -> String {
        self.0.lock().expect("no test panics while it holds this").0.clone().unwrap_or_default()
    }

    /// The user puts something else in.
    pub(crate) fn put(&self, text: &str) {
        self.0.lock().expect("no test panics while it holds this").0 = Some(text.to_owned());
    }

    /// Keeps nothing from now on, or again.
    pub(crate) fn is_stuck(&self, stuck: bool) {
        self.0.lock().expect("no test panics while it holds this").1 = stuck;
    }

    pub(crate) fn keeper(&self) -> TokenKeeper {
        let (read, kept) = (self.clone(), self.clone());
        TokenKeeper::new(
            move || {
                let text = read.0.lock().expect("no test panics while it holds this").0.clone();
                async move {
                    text.map(SecretString::from).ok_or_else(|| "you are not signed in to Trakt".to_owned())
                }
            },
            move |text| {
                let mut drawer = kept.0.lock().expect("no test panics while it holds this");
                let done = if drawer.1 { Err("the disk is full".to_owned()) } else { Ok(()) };
                if done.is_ok() {
                    drawer.0 = Some(text.expose_secret().to_owned());
                }
                async move { done }
            },
        )
    }
}

pub(crate) struct Desk {
    pub(crate) stand_in: StandIn,
    pub(crate) drawer: Drawer,
    pub(crate) trakt: Trakt,
}

impl Desk {
    /// Signed in.
    pub(crate) async fn new() -> Self {
        let stand_in = StandIn::start().await;
        let drawer = Drawer::with(&stand_in.signed_in());
        let trakt = client(&stand_in, &drawer);
        Self { stand_in, drawer, trakt }
    }

    /// The same after the program was started anew.
    pub(crate) fn restarted(self) -> Self {
        let trakt = client(&self.stand_in, &self.drawer);
        Self { trakt, ..self }
    }

    pub(crate) async fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        self.trakt.deliver(delivery).await
    }

    pub(crate) async fn verify(&mut self, delivery: &Delivery) -> Outcome {
        self.trakt.verify(delivery).await
    }

    /// The instants of the plays.
    pub(crate) fn instants(&self) -> Vec<Timestamp> {
        self.stand_in.plays().iter().map(|play| play.watched_at).collect()
    }
}

pub(crate) fn application() -> Application {
    Application { client_id: CLIENT_ID.into(), client_secret: SecretString::from(CLIENT_SECRET) }
}

pub(crate) fn client(stand_in: &StandIn, drawer: &Drawer) -> Trakt {
    let url = || stand_in.url().parse().expect("an address");
    Trakt::new(url(), url(), application(), drawer.keeper(), Clock::system())
}

pub(crate) fn now() -> Timestamp {
    Clock::system().now().wall
}

/// An instant long ago.
pub(crate) fn at() -> Timestamp {
    "2026-03-01T21:14:05.123Z".parse().expect("a date")
}

pub(crate) fn delivery(content: Content) -> Delivery {
    Delivery {
        id: DeliveryId(1),
        viewing: ViewingId(Uuid::from_u64_pair(0, 1)),
        recipient: Recipient {
            service: TRAKT,
            account: Account(String::new()),
            profile: Some(ProfileId(String::new())),
        },
        content,
        attempts: 0,
        last_attempt_at: None,
        times_not_there: 0,
        live: None,
        absolute: None,
        receipt: None,
        siblings: Vec::new(),
    }
}

/// A word of the player's that has just been said.
pub(crate) fn word(work: Work, word: LiveWord, percent: f64) -> Delivery {
    let progress = Progress::percent(percent);
    let live = Live { word, progress, until: now().saturating_add(Duration::from_secs(60)).expect("a time") };
    Delivery { live: Some(live), ..delivery(Content::Playback { work, progress, at: now() }) }
}

/// Something that was watched to its end long ago.
pub(crate) fn watched(work: Work) -> Delivery {
    delivery(Content::History { work, progress: Progress::percent(80.0), at: at() })
}

/// Something that was watched to its end, and has stopped just now.
pub(crate) fn stopped(work: Work, percent: f64) -> Delivery {
    // The journal counts in milliseconds.
    let completed = now().saturating_sub(SignedDuration::from_mins(9)).expect("a time").as_millisecond();
    let completed = Timestamp::from_millisecond(completed).expect("a time");
    let progress = Progress::percent(percent);
    let until = now().saturating_add(Duration::from_secs(60)).expect("a time");
    Delivery {
        live: Some(Live { word: LiveWord::Stopped, progress, until }),
        ..delivery(Content::History { work, progress: Progress::percent(80.0), at: completed })
    }
}

/// The same after an attempt that has just been made.
pub(crate) fn attempted(delivery: &Delivery) -> Delivery {
    Delivery { attempts: delivery.attempts + 1, last_attempt_at: Some(now()), ..delivery.clone() }
}

pub(crate) fn is_there(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Delivered(_))
}

/// How it is known that it arrived.
pub(crate) fn proof(outcome: Outcome) -> String {
    match outcome {
        Outcome::Delivered(Receipt { proof }) => proof,
        other => panic!("not delivered: {other:?}"),
    }
}
