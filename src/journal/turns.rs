//! Whose turn it is in the outbox. A long queue, oldest viewing first, must not keep what is being watched now waiting for
//! a day: the past and the present take turns.

use std::collections::BTreeSet;

use super::ServiceName;

/// From where something is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// What tells of the present, the newest first.
    Present,
    /// The oldest viewing.
    Past,
}

/// The turns of each service. Losing them loses nothing: whoever starts begins with the present.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeSet<ServiceName>);

impl Turns {
    /// Whose turn it is. The present's is the past's too when there is nothing of the present.
    pub(super) fn of(&self, service: ServiceName) -> Turn {
        if self.0.contains(&service) { Turn::Past } else { Turn::Present }
    }

    /// Something was taken.
    pub(super) fn taken(&mut self, service: ServiceName, from: Turn) {
        match from {
            Turn::Present => self.0.insert(service),
            Turn::Past => self.0.remove(&service),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_own_turns_and_the_present_never_has_two_in_a_row() {
        let (one, other) = (ServiceName("one"), ServiceName("other"));
        let mut turns = Turns::default();
        assert_eq!(turns.of(one), Turn::Present);
        turns.taken(one, Turn::Present);
        assert_eq!((turns.of(one), turns.of(other)), (Turn::Past, Turn::Present));
        turns.taken(one, Turn::Past);
        assert_eq!(turns.of(one), Turn::Present);
        turns.taken(one, Turn::Past);
        assert_eq!(turns.of(one), Turn::Present, "what is new comes next, however long nothing was");
    }
}
