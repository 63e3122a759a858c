//! Whose turn it is in the outbox. A long queue, oldest viewing first, must not keep what is being watched now waiting for
//! a day: the past and the present take turns.

use std::collections::BTreeSet;

use super::ServiceName;

/// What is taken next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// What tells of the present, the newest first; if there is nothing of that kind, the past.
    Present,
    /// The oldest viewing.
    Past,
}

/// The turns of each service. Losing them loses nothing: whoever starts begins with the present.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeSet<ServiceName>);

impl Turns {
    pub(super) fn of(&self, service: ServiceName) -> Turn {
        if self.0.contains(&service) { Turn::Past } else { Turn::Present }
    }

    /// Something was taken: the next turn is the other one's.
    pub(super) fn taken(&mut self, service: ServiceName) {
        if !self.0.remove(&service) {
            self.0.insert(service);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_begins_and_each_service_has_its_own_turns() {
        let (one, other) = (ServiceName("one"), ServiceName("other"));
        let mut turns = Turns::default();
        assert_eq!(turns.of(one), Turn::Present);
        turns.taken(one);
        assert_eq!((turns.of(one), turns.of(other)), (Turn::Past, Turn::Present));
        turns.taken(one);
        assert_eq!(turns.of(one), Turn::Present);
    }
}
