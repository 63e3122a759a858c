//! Viewings that another program has watched to their end.

use std::time::Duration;

use super::run_time::RunTime;
use super::store::{Durability, Store};
use super::viewings;
use super::{Addressee, JournalError};
use crate::clock::{Moment, Now};
use crate::playback::{Event, EventKind, Viewing};

/// Two programs that saw the same thing watched do not agree on when it was completed: what is no further apart is the same.
pub const SAME_WATCHING: Duration = Duration::from_secs(3 * 3600);

impl Store {
    /// Keeps a finished viewing once. Its times are kept as they are: no run of this program has told them.
    pub(super) fn import(
        &mut self,
        viewing: Viewing,
        addressees: &[Addressee],
    ) -> Result<bool, JournalError> {
        self.write("take over what was watched", Durability::Full, |transaction| {
            let known =
                transaction.prepare_cached("SELECT 1 FROM viewings WHERE id = ?1")?.exists([viewing.id])?;
            if known {
                return Ok(false);
            }
            let at = Now { moment: Moment::default(), wall: viewing.position_at };
            let ended = Event { kind: EventKind::Stopped, at, viewing };
            viewings::keep(transaction, &ended, addressees, &RunTime::default())?;
            Ok(true)
        })
    }
}
