//! The words of the journal.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::identify::{Identification, Work};
use crate::playback::{Progress, Viewing, ViewingId};

/// The short name of a service, such as `discovr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ServiceName(pub &'static str);

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The account on a service that something belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Account(pub String);

/// The profile of an account that something belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProfileId(pub String);

/// Whom a viewing is to be told: fixed when the viewing begins, except for a profile that turns out not to be one of the
/// account's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// The service.
    pub service: ServiceName,
    /// The account there.
    pub account: Account,
    /// The profile there; `None` when none was configured yet: it is taken from the settings when it is sent.
    pub profile: Option<ProfileId>,
}

/// Somebody who is to be told of a viewing, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Who.
    pub recipient: Recipient,
    /// How the service wants it.
    pub telling: Telling,
}

impl From<Recipient> for Addressee {
    fn from(recipient: Recipient) -> Self {
        Self { recipient, telling: Telling::default() }
    }
}

/// How a service wants to be told of a viewing. It is the service's to say, and kept with the viewing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// Where the viewer is, as often as that is known; and the history as soon as something is completed.
    #[default]
    Positions,
    /// What happens in the player, while it is new ([`Live`]); and the history when the sitting ends, which is itself told
    /// live if it can be.
    Live,
}

/// What is remembered of the sign-in to a service. No token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignIn {
    /// The id that this program is registered under there. It is kept when the user signs out.
    pub client_id: Option<String>,
    /// What the service calls the sign-in.
    pub public_id: Option<String>,
    /// The profile that was chosen; the settings may name another.
    pub profile: Option<ProfileId>,
    /// Its name when it was chosen.
    pub profile_name: Option<String>,
    /// When the user signed in; `None` when that was not done here, or is over.
    pub signed_in_at: Option<Timestamp>,
    /// When the refresh token ends, if the service said so.
    pub expires_at: Option<Timestamp>,
    /// What the user was told of that end last.
    pub told: Option<String>,
}

/// What a new sign-in gives to remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignIn {
    /// What the service calls it.
    pub public_id: Option<String>,
    /// When it was made.
    pub signed_in_at: Timestamp,
    /// When its refresh token ends.
    pub expires_at: Option<Timestamp>,
}

/// The number of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub i64);

/// One thing one service still has to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its number.
    pub id: DeliveryId,
    /// The viewing it tells of.
    pub viewing: ViewingId,
    /// Whom it is for.
    pub recipient: Recipient,
    /// What it says.
    pub content: Content,
    /// How many attempts were begun before this one.
    pub attempts: u32,
    /// When the last attempt was begun, if there was one; when it was given up, if its outcome was unclear.
    pub last_attempt_at: Option<Timestamp>,
    /// How often the service was asked since then and it was not so.
    pub times_not_there: u32,
    /// What can be told while it is new, to a service that is told live. Of a retraction, how its entry could be.
    pub live: Option<Live>,
    /// The number of the episode in its whole series, where the file is numbered like that.
    pub absolute: Option<u32>,
    /// Of a retraction: how it was known that the entry is there.
    pub receipt: Option<String>,
    /// Of a retraction, and of an entry that is asked for or can be told live: the other entries of the same work that the
    /// recipient has, or may have, as far as the journal knows. Empty for everything else.
    pub siblings: Vec<Sibling>,
}

/// What has just happened in a player, as a service is told that follows it live.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Live {
    /// What has happened.
    pub word: LiveWord,
    /// How far the work was then.
    pub progress: Progress,
    /// From then on it is too late to tell it like this.
    pub until: Timestamp,
}

/// What can happen in a player, as far as a service wants to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveWord {
    /// It plays, from the beginning or again.
    Playing,
    /// It stands still.
    Paused,
    /// It is not there any more.
    Stopped,
}

/// An entry of the same work as one that is to be taken back, from another viewing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    /// Its instant.
    pub at: Timestamp,
    /// It is wrong too, and is to go as well. A right one must stay.
    pub wrong: bool,
    /// How it is known that it is there, if that is known.
    pub receipt: Option<String>,
}

/// What a delivery says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Content {
    /// Where the viewer is. Only the newest per title waits; repeating it does no harm.
    Playback {
        /// In which work.
        #[serde(flatten)]
        work: Work,
        /// How far.
        progress: Progress,
        /// When that was true.
        at: Timestamp,
    },
    /// It was watched. Never merged, never repeated blindly.
    History {
        /// What.
        #[serde(flatten)]
        work: Work,
        /// How far it was at completion: at least the threshold.
        progress: Progress,
        /// The instant of completion in whole milliseconds, by which a lost answer is recognised.
        at: Timestamp,
    },
    /// An entry that the service has is not what was watched: it is to be taken back, and nothing besides it.
    Retraction {
        /// What it says was watched.
        #[serde(flatten)]
        work: Work,
        /// The instant of the entry, by which it is recognised.
        at: Timestamp,
    },
    /// The position that was told of a title belongs to another one, and nobody knows of any other: there is none.
    Clearing {
        /// The work that was told of last.
        #[serde(flatten)]
        work: Work,
        /// When that was found out.
        at: Timestamp,
    },
}

impl Content {
    /// What it is about.
    #[must_use]
    pub fn work(&self) -> Work {
        match *self {
            Self::Playback { work, .. }
            | Self::History { work, .. }
            | Self::Retraction { work, .. }
            | Self::Clearing { work, .. } => work,
        }
    }

    /// When it was true; of a retraction, the instant of the entry.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match *self {
            Self::Playback { at, .. }
            | Self::History { at, .. }
            | Self::Retraction { at, .. }
            | Self::Clearing { at, .. } => at,
        }
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// To be sent, now or at a later time.
    Due,
    /// The attempt is under way. Found at start-up it means `Unsure`.
    Sending,
    /// Sent without a clear answer: the service is asked first.
    Unsure,
    /// There. Its receipt is kept.
    Done,
    /// Refused for good, until the user mends it.
    Refused,
}

impl DeliveryStatus {
    /// Those of deliveries that have not arrived: what a listing of the queue shows.
    pub const WAITING: [Self; 4] = [Self::Due, Self::Sending, Self::Unsure, Self::Refused];
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Due, Self::Sending, Self::Unsure, Self::Refused, Self::Done];
}

/// What the worker of a service is to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Send this. It is marked as sending, durably.
    Deliver(Delivery),
    /// Ask for this before anything else is done with it.
    Verify(Delivery),
    /// Nothing before this time.
    WaitUntil(Timestamp),
    /// Nothing until something is queued.
    Idle,
}

/// What becomes of a delivery after an attempt. Written in one transaction with the service's clock.
#[derive(Debug, Clone, PartialEq)]
pub enum Settlement {
    /// It arrived; the receipt is kept.
    Done {
        /// How it is known.
        proof: String,
    },
    /// Back to `due`, not before `at`.
    Again {
        /// The earliest time.
        at: Timestamp,
        /// Why, for people.
        why: String,
    },
    /// It is not known whether it arrived; ask not before `at`.
    Unsure {
        /// The earliest time.
        at: Timestamp,
        /// Why, for people.
        why: String,
        /// The service was asked and did not have it (counted in [`Delivery::times_not_there`]).
        not_there: bool,
    },
    /// The account has no such profile. All that waits for it follows the settings again; if something has arrived there
    /// before, it was a real one once, and the user decides: it is refused.
    NoSuchProfile {
        /// Which one, for people.
        why: String,
    },
    /// Refused for good.
    Refused {
        /// The service's reason.
        why: String,
    },
}

/// What came of saying what a viewing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filed {
    /// It was kept. `false`: the same was known, or something that outranks it.
    pub changed: bool,
    /// How many deliveries are due for what it is.
    pub queued: u32,
    /// What is done about the entries that services have, or may have, of it as something else.
    pub repairs: Vec<Repair>,
}

/// What is done about an entry that a service has, or may have, of a viewing as something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// Which service.
    pub service: ServiceName,
    /// What the entry says was watched.
    pub work: Work,
    /// A name to show for that.
    pub label: String,
    /// What is done about it.
    pub remedy: Remedy,
}

/// What is done about a wrong entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// The service has it: its retraction is queued.
    TakenBack,
    /// The service has it, and a right one of the same work from another viewing. It is taken back if the service can tell
    /// the two apart; otherwise it stays, and the queue shows why.
    MayStay,
    /// The service may have it: it is asked first, and the entry is taken back if it is there.
    AskedFirst,
    /// It is right after all, and its retraction was on its way: the service is asked, and the entry is added again if it
    /// is gone.
    Returns,
    /// The user gave its retraction up before: it stays.
    Stays,
}

/// How a service is doing, as `status` shows it. One row per service in the journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceState {
    /// Which service.
    pub service: ServiceName,
    /// Nothing is tried before this.
    pub not_before: Option<Timestamp>,
    /// How many attempts in a row found the service itself in trouble.
    pub failures: u32,
    /// What the user must do (sign in, name a profile), if anything.
    pub needs_user: Option<String>,
    /// What went wrong last, if it still matters.
    pub last_error: Option<String>,
    /// When something last arrived.
    pub last_success_at: Option<Timestamp>,
}

/// How much of what a journal keeps needs somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Deliveries that wait or are being sent.
    pub due: u64,
    /// Deliveries that the service will be asked about.
    pub unsure: u64,
    /// Deliveries that were refused.
    pub refused: u64,
    /// Viewings that wait for their title.
    pub held: u64,
}

impl Counts {
    /// All deliveries that have not arrived.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.due + self.unsure + self.refused
    }
}

/// A viewing as the listings show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ViewingRow {
    /// Its number in this journal: short enough to type.
    pub number: i64,
    /// A name to show for what is watched: the movie's or the series', or the best there is while it is not identified.
    pub label: String,
    /// The viewing.
    pub viewing: Viewing,
    /// What it is; `None` while the chain is still at work.
    pub identification: Option<Identification>,
    /// Its deliveries, in order.
    pub deliveries: Vec<DeliveryRow>,
}

/// A delivery as the listings show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeliveryRow {
    /// Its number.
    pub id: DeliveryId,
    /// The viewing it tells of.
    pub viewing: ViewingId,
    /// A name to show for what it is about.
    pub label: String,
    /// Whom it is for.
    pub recipient: Recipient,
    /// What it says.
    pub content: Content,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How many attempts were begun.
    pub attempts: u32,
    /// Not before this time, for those that wait.
    pub not_before: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// How it is known to have arrived, once it has.
    pub receipt: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// What could, or can, be told while it is new, to a service that is told live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
    /// A history entry that waits for the end of its sitting, at most until [`DeliveryRow::not_before`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub awaits_end: bool,
}
