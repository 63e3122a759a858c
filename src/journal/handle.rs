//! The handle: typed commands to the thread that owns the connection.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use jiff::Timestamp;
use tokio::sync::{Notify, oneshot};

use super::columns::RecipientColumns;
use super::open::{self, Opened};
use super::store::Store;
use super::{
    Account, Addressee, Counts, Delivery, DeliveryId, DeliveryRow, DeliveryStatus, Filed, JournalError,
    NewSignIn, Next, ProfileId, Recipient, ServiceName, ServiceState, Settlement, SignIn, ViewingRow,
};
use crate::clock::Clock;
use crate::identify::Identification;
use crate::playback::{Event, Viewing, ViewingId};
use crate::player::MediaKey;

/// A handle on the journal; clones share one connection and its thread. What was asked is done even if the asking
/// future is dropped.
#[derive(Debug, Clone)]
pub struct Journal {
    commands: mpsc::Sender<Command>,
    set_aside: Option<Arc<Path>>,
    renewed: Arc<Notify>,
}

impl Journal {
    /// Opens `journal.db` in `state_dir` for the daemon: folder made 0700 if missing, database 0600; migrates it and
    /// starts its thread. A damaged database is renamed with its log, never overwritten: [`Journal::set_aside`] names
    /// it, and what can be read of it is in the new one. The same is done when damage is met later, and files that are
    /// deleted or replaced by others are written again. Only one daemon may do this at a time.
    ///
    /// # Errors
    /// When the file cannot be made, read or written, or is of a newer release or another program: it is left alone.
    pub fn open(state_dir: &Path) -> Result<Self, JournalError> {
        let opened = open::for_daemon(state_dir, Clock::system().now().wall)?;
        opened.announce();
        Self::start(opened)
    }

    /// Opens the journal that is in `state_dir` for a command, beside the daemon or without one. Makes, migrates and
    /// renames nothing.
    ///
    /// # Errors
    /// As [`Journal::open`]; also when there is none yet, when it is damaged, and when it is of an earlier release.
    pub fn open_existing(state_dir: &Path) -> Result<Self, JournalError> {
        Self::start(open::for_command(state_dir)?)
    }

    /// Reads every page of the journal in `state_dir`, beside the daemon or without one, and changes nothing. Takes as long
    /// as reading the file does.
    ///
    /// # Errors
    /// As [`Journal::open_existing`]: what is wrong with it.
    pub fn examine(state_dir: &Path) -> Result<(), JournalError> {
        open::examine(state_dir)
    }

    /// What the damaged journal is called now that [`Journal::open`] found, if it did.
    #[must_use]
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Waits until the files had to be made anew: they were deleted, or damaged. For one waiter.
    pub(crate) async fn renewed(&self) {
        self.renewed.notified().await;
    }

    /// Marks every history entry found as `sending` as `unsure`, and every position as `due` again. Only the daemon,
    /// once, at start-up. Returns how many there were.
    pub async fn recover(&self) -> Result<u64, JournalError> {
        self.ask(move |store| store.recover(None, store.now())).await
    }

    /// The same for one service: only its worker, before it takes anything, and only one worker may run. Returns how many
    /// there were.
    pub async fn recover_service(&self, service: ServiceName, now: Timestamp) -> Result<u64, JournalError> {
        self.ask(move |store| store.recover(Some(service), store.time.on_disk(now))).await
    }

    /// Takes over what `clock` believes, and mends the times that were kept under another belief and of which no service may
    /// have been told. Only the daemon: first of all, whenever something has happened, and before anything is taken from the
    /// outbox. From the first time on, the times that this handle and its clones are given and give, those of a viewing and
    /// of what a delivery says excepted, are the run's. `true` when there was something to mend.
    pub async fn keep_time(&self, clock: &Clock) -> Result<bool, JournalError> {
        let (belief, now, clock) = (clock.belief(), clock.now().wall, clock.clone());
        self.ask(move |store| {
            store.clock = clock;
            store.keep_time(&belief, now)
        })
        .await
    }

    /// Tells `clock` what an earlier run in the same start of the machine has heard of the time.
    pub async fn remind(&self, clock: &Clock) -> Result<(), JournalError> {
        let boot = clock.boot();
        if let Some(heard) = self.ask(move |store| store.heard(&boot)).await? {
            clock.remember(heard);
        }
        Ok(())
    }

    /// The newest viewing of this media, however long ago, or `None`.
    pub async fn recall(&self, media: MediaKey) -> Result<Option<Viewing>, JournalError> {
        self.ask(move |store| store.recall(&media)).await
    }

    /// What an earlier viewing of this media was identified as (the user's word before anything else).
    pub async fn known_identity(&self, media: MediaKey) -> Result<Option<Identification>, JournalError> {
        self.ask(move |store| store.known_identity(&media)).await
    }

    /// Keeps an event: the viewing as it is now and, if it is identified, its deliveries for `addressees`: a history entry for
    /// each of its works as soon as that one's part is completed. A new
    /// viewing's addressees are fixed here, one per service. Durable for Started, Stopped and Completed, sparse for
    /// the rest.
    pub async fn record(
        &self,
        event: Event,
        addressees: Vec<impl Into<Addressee>>,
    ) -> Result<(), JournalError> {
        let addressees: Vec<Addressee> = addressees.into_iter().map(Into::into).collect();
        self.ask(move |store| store.record(&event, &addressees)).await
    }

    /// Keeps what the chain or the user says a viewing is. A viewing that was held or unidentified and is known now
    /// gets its newest position and the history entries of its completed works queued, with their true times: those of
    /// [`Viewing::completions`], if it was watched as another number of parts than it has works. One that
    /// turns out to be something else has what was not told yet replaced, what was told taken back
    /// ([`Filed::repairs`]), and the title that it was mistaken for gets the position of its newest other viewing back,
    /// or none.
    ///
    /// # Errors
    /// Also when there is no such viewing.
    pub async fn identify(
        &self,
        viewing: ViewingId,
        identification: Identification,
        now: Timestamp,
    ) -> Result<Filed, JournalError> {
        self.ask(move |store| store.identify(viewing, &identification, store.time.on_disk(now))).await
    }

    /// The viewing with this id.
    pub async fn viewing(&self, id: ViewingId) -> Result<Option<ViewingRow>, JournalError> {
        self.ask(move |store| store.viewing(id)).await
    }

    /// The viewing with this number ([`ViewingRow::number`]), or else those whose id begins with `name`, newest first:
    /// none, the one that is meant, or up to 20 to choose from.
    pub async fn find_viewings(&self, name: String) -> Result<Vec<ViewingRow>, JournalError> {
        self.ask(move |store| store.find_viewings(&name)).await
    }

    /// Viewings that are held, or were never identified (the daemon died before), newest first.
    pub async fn unidentified(&self) -> Result<Vec<ViewingRow>, JournalError> {
        self.ask(Store::unidentified).await
    }

    /// Viewings, newest first.
    pub async fn viewings(&self, limit: u32) -> Result<Vec<ViewingRow>, JournalError> {
        self.ask(move |store| store.viewings(limit)).await
    }

    /// Viewings whose title or file's name has a word that begins like each of these `words`, whatever their case and their
    /// accents: the newest `limit`, newest first. None when there is no letter or digit in `words`.
    pub async fn search(&self, words: String, limit: u32) -> Result<Vec<ViewingRow>, JournalError> {
        self.ask(move |store| store.search(&words, limit)).await
    }

    /// Deliveries with one of these statuses (all when empty), oldest first. Positions that arrived are not kept.
    pub async fn deliveries(&self, statuses: Vec<DeliveryStatus>) -> Result<Vec<DeliveryRow>, JournalError> {
        self.deliveries_up_to(None, statuses, u32::MAX).await
    }

    /// The first `limit` of them; those for one `service`, if one is named.
    pub async fn deliveries_up_to(
        &self,
        service: Option<ServiceName>,
        statuses: Vec<DeliveryStatus>,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, JournalError> {
        self.ask(move |store| store.deliveries(service, &statuses, limit)).await
    }

    /// How many deliveries wait and how many viewings are held.
    pub async fn counts(&self) -> Result<Counts, JournalError> {
        self.ask(Store::counts).await
    }

    /// The next thing for `service` at `now`, respecting the service's clock and each delivery's: of the oldest viewing
    /// first, which takes turns with the newest of what was watched within the last hour. What is to be sent is marked as sending, on disk, before this returns; if the returned future is
    /// dropped before, it is put back.
    ///
    /// What was queued before an account or a profile was configured is given to `account` and `profile` here. What
    /// belongs to other profiles of `account` comes with its own; what belongs to other accounts does not come.
    pub async fn next(
        &self,
        service: ServiceName,
        account: Account,
        profile: Option<ProfileId>,
        now: Timestamp,
    ) -> Result<Next, JournalError> {
        let active = RecipientColumns::from(&Recipient { service, account, profile });
        let commands = self.commands.clone();
        let unheard = self
            .ask(move |store| {
                let next = store.next(&active, store.time.on_disk(now))?;
                Ok(Unheard { next: Some(store.time.next_in_run(next)), now, commands })
            })
            .await?;
        Ok(unheard.heard())
    }

    /// Writes how an attempt ended, and the service's clock with it, in one transaction. An unsure position is simply
    /// due again; whatever is done, refused or dropped already stays as it is.
    pub async fn settle(
        &self,
        delivery: DeliveryId,
        settlement: Settlement,
        service: ServiceState,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.ask(move |store| {
            let settlement = store.time.settlement_on_disk(settlement);
            let service = store.time.state_on_disk(service);
            store.settle(delivery, &settlement, &service, store.time.on_disk(now))
        })
        .await
    }

    /// How `service` is doing.
    pub async fn service_state(&self, service: ServiceName) -> Result<ServiceState, JournalError> {
        self.ask(move |store| {
            let state = store.service_state(service)?;
            Ok(store.time.state_in_run(state))
        })
        .await
    }

    /// Overwrites how a service is doing.
    pub async fn set_service_state(&self, state: ServiceState) -> Result<(), JournalError> {
        self.ask(move |store| {
            let state = store.time.state_on_disk(state);
            store.set_service_state(&state)
        })
        .await
    }

    /// What is remembered of the sign-in to `service`; nothing when there never was one.
    pub async fn sign_in(&self, service: ServiceName) -> Result<SignIn, JournalError> {
        self.ask(move |store| store.sign_in(service)).await
    }

    /// Remembers the id that this program is registered under at `service`.
    pub async fn remember_client(&self, service: ServiceName, id: String) -> Result<(), JournalError> {
        self.ask(move |store| store.remember_client(service, &id)).await
    }

    /// Keeps a new sign-in in place of an earlier one, whose profile stays chosen.
    pub async fn keep_sign_in(&self, service: ServiceName, new: NewSignIn) -> Result<(), JournalError> {
        self.ask(move |store| store.keep_sign_in(service, &new)).await
    }

    /// Keeps which profile of the account new viewings belong to. What waits for another one stays that one's.
    pub async fn choose_profile(
        &self,
        service: ServiceName,
        profile: ProfileId,
        name: String,
    ) -> Result<(), JournalError> {
        self.ask(move |store| store.choose_profile(service, &profile, &name)).await
    }

    /// Forgets the sign-in to `service`, except for the client id.
    pub async fn forget_sign_in(&self, service: ServiceName) -> Result<(), JournalError> {
        self.ask(move |store| store.forget_sign_in(service)).await
    }

    /// Keeps what the user was told of the end of the sign-in.
    pub async fn told_of_expiry(
        &self,
        service: ServiceName,
        stage: &'static str,
    ) -> Result<(), JournalError> {
        self.ask(move |store| store.told_of_expiry(service, stage)).await
    }

    /// Makes deliveries due at once: refused ones again, waiting ones now. Unsure ones are asked for now, and so are, before
    /// they are sent again, entries and retractions that were refused after an attempt. `None` is all.
    /// Also resets the clocks of their services. Returns how many deliveries that concerns.
    pub async fn retry(&self, delivery: Option<DeliveryId>) -> Result<u64, JournalError> {
        self.ask(move |store| store.retry(delivery, None)).await
    }

    /// The same for all of one service.
    pub async fn retry_service(&self, service: ServiceName) -> Result<u64, JournalError> {
        self.ask(move |store| store.retry(None, Some(service))).await
    }

    /// Takes a waiting or refused delivery out of the outbox for good. An entry whose retraction is dropped stays. `false` when there is none, or it is being sent or done.
    pub async fn drop_delivery(&self, delivery: DeliveryId) -> Result<bool, JournalError> {
        self.ask(move |store| store.drop_delivery(delivery, store.now())).await
    }

    /// A cached answer that has not expired at `now`.
    pub async fn cached(&self, key: String, now: Timestamp) -> Result<Option<String>, JournalError> {
        self.ask(move |store| store.cached(&key, store.time.on_disk(now))).await
    }

    /// Keeps an answer until `expires_at`. Expired ones are deleted on the way.
    pub async fn cache(&self, key: String, value: String, expires_at: Timestamp) -> Result<(), JournalError> {
        self.ask(move |store| store.cache(&key, &value, store.time.on_disk(expires_at))).await
    }

    /// Ends the thread after all that was asked before is on disk. Other clones find the journal closed.
    pub async fn close(self) {
        let (closed, ended) = oneshot::channel();
        if self.commands.send(Command::Close(closed)).is_ok() {
            // An error means that the thread has ended already.
            ended.await.unwrap_or_default();
        }
    }

    fn start(opened: Opened) -> Result<Self, JournalError> {
        let set_aside = opened.set_aside.as_deref().map(Arc::from);
        let mut store = Store::new(opened);
        let renewed = store.renewed();
        let (commands, inbox) = mpsc::channel();
        thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                let closed = work_off(&inbox, &mut store);
                drop(store);
                if let Some(closed) = closed {
                    // Nobody waiting for it is no loss.
                    closed.send(()).unwrap_or_default();
                }
            })
            .map_err(|source| JournalError::Thread { source })?;
        Ok(Self { commands, set_aside, renewed })
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (answer, answered) = oneshot::channel();
        let command = Command::Work(Box::new(move |store| {
            // An answer that nobody waits for any more is dropped; what was asked is done all the same.
            drop(answer.send(work(store)));
        }));
        self.commands.send(command).map_err(|_| JournalError::Closed)?;
        answered.await.map_err(|_| JournalError::Closed)?
    }
}

/// What the thread is asked to do.
enum Command {
    Work(Box<dyn FnOnce(&mut Store) + Send>),
    PutBack(Box<Delivery>, Timestamp),
    Close(oneshot::Sender<()>),
}

/// Serves until it is told to close (then gives back whom to tell), or until the last handle is gone.
fn work_off(inbox: &mpsc::Receiver<Command>, store: &mut Store) -> Option<oneshot::Sender<()>> {
    while let Ok(command) = inbox.recv() {
        match command {
            Command::Work(work) => work(store),
            Command::PutBack(delivery, now) => {
                let delivery = store.time.delivery_on_disk(*delivery);
                if let Err(error) = store.put_back(&delivery, store.time.on_disk(now)) {
                    // It is found as sending at the next start, and asked for then.
                    tracing::warn!(delivery = delivery.id.0, %error, "a delivery waits for the next start");
                }
            }
            Command::Close(closed) => return Some(closed),
        }
    }
    None
}

/// A marked delivery on its way to the one who asked. If it is dropped on the way, it is put back: otherwise it would
/// count as being sent until the next start.
#[derive(Debug)]
struct Unheard {
    next: Option<Next>,
    /// When it was asked for.
    now: Timestamp,
    commands: mpsc::Sender<Command>,
}

impl Unheard {
    fn heard(mut self) -> Next {
        self.next.take().unwrap_or(Next::Idle)
    }
}

impl Drop for Unheard {
    fn drop(&mut self) {
        if let Some(Next::Deliver(delivery)) = self.next.take() {
            // A closed journal finds it as sending at the next start.
            drop(self.commands.send(Command::PutBack(Box::new(delivery), self.now)));
        }
    }
}
