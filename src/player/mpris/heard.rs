//! What one player was heard to say, between the bus and the task that follows it: whether it must be asked.
//!
//! There is no queue. Floods are heard as they come and cost nothing while they say nothing new, a change is never
//! lost however many come at once, and one that is taken back at once is still a reason to ask: Celluloid's seeks
//! show as a pause of a few milliseconds, and as nothing else.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::reading::Properties;

/// The properties whose changes matter. `Position` is never signalled.
const RELEVANT: [&str; 3] = ["PlaybackStatus", "Metadata", "Rate"];

/// What was last said of the [`RELEVANT`] properties: a number for each value, which may be large.
#[derive(Debug, Default)]
struct KnownValues {
    hasher: RandomState,
    values: HashMap<&'static str, u64>,
}

impl KnownValues {
    /// Takes in what is relevant of `properties`. Whether any of it is new.
    fn take(&mut self, properties: &Properties) -> bool {
        let mut new = false;
        for name in RELEVANT {
            if let Some(value) = properties.get(name) {
                let value = self.hasher.hash_one(&**value);
                new |= self.values.insert(name, value) != Some(value);
            }
        }
        new
    }
}

/// The bus's end. The player is gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Mouth {
    known: Arc<Mutex<KnownValues>>,
    ask: watch::Sender<()>,
}

/// The follower's end.
#[derive(Debug)]
pub(crate) struct Ear {
    known: Arc<Mutex<KnownValues>>,
    ask: watch::Receiver<()>,
}

/// Both ends for one player.
pub(crate) fn pair() -> (Mouth, Ear) {
    let known = Arc::new(Mutex::new(KnownValues::default()));
    let (sender, receiver) = watch::channel(());
    (Mouth { known: Arc::clone(&known), ask: sender }, Ear { known, ask: receiver })
}

impl Mouth {
    /// Properties changed: the new values, and the names of those whose values were not sent. Haruna repeats its
    /// status with every frame, so only what is new is a reason to ask.
    pub(crate) fn changed(&self, changed: &Properties, invalidated: &[String]) {
        let invalid = invalidated.iter().any(|name| RELEVANT.contains(&name.as_str()));
        let new = self.known.lock().unwrap_or_else(PoisonError::into_inner).take(changed);
        if invalid || new {
            self.ask.send_replace(());
        }
    }

    /// It says that it sought. Not to be trusted, but a reason to ask.
    pub(crate) fn sought(&self) {
        self.ask.send_replace(());
    }
}

impl Ear {
    /// Waits for a reason to ask; false when the player is gone.
    pub(crate) async fn wait(&mut self) -> bool {
        self.ask.changed().await.is_ok()
    }

    /// Every reason up to now is about to be dealt with.
    pub(crate) fn asking(&mut self) {
        self.ask.mark_unchanged();
    }

    /// What the player answered: who says the same again says nothing new.
    pub(crate) fn answered(&self, properties: &Properties) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.values.clear();
        known.take(properties);
    }

    /// Whether the player is still there.
    pub(crate) fn is_there(&self) -> bool {
        self.ask.has_changed().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use zbus::zvariant::{OwnedValue, Str};

    use super::*;

    fn status(word: &'static str) -> Properties {
        Properties::from([("PlaybackStatus".to_owned(), OwnedValue::from(Str::from_static(word)))])
    }

    fn must_ask(ear: &mut Ear) -> bool {
        let must = ear.ask.has_changed().unwrap();
        ear.asking();
        must
    }

    #[test]
    fn only_what_is_new_is_a_reason_to_ask() {
        let (mouth, mut ear) = pair();
        ear.answered(&status("Playing"));
        mouth.changed(&status("Playing"), &[]);
        mouth.changed(&Properties::new(), &["Volume".to_owned()]);
        assert!(!must_ask(&mut ear));
        mouth.changed(&Properties::new(), &["Metadata".to_owned()]);
        assert!(must_ask(&mut ear));
        mouth.sought();
        assert!(must_ask(&mut ear));
        assert!(!must_ask(&mut ear));
    }

    #[test]
    fn a_change_that_is_taken_back_is_a_reason_too() {
        let (mouth, mut ear) = pair();
        ear.answered(&status("Playing"));
        mouth.changed(&status("Paused"), &[]);
        mouth.changed(&status("Playing"), &[]);
        assert!(must_ask(&mut ear));
    }

    #[tokio::test]
    async fn a_player_that_is_gone_is_no_reason_to_ask() {
        let (mouth, mut ear) = pair();
        drop(mouth);
        assert!(!ear.wait().await);
    }
}
