//! Which calls are going to fail, and how.

use super::Fault;

/// What a test has ordered: calls whose name begins with a text, and what happens to the next few of them. What was ordered
/// first happens first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    ordered: Vec<Ordered>,
    met: usize,
}

#[derive(Debug)]
struct Ordered {
    call: String,
    fault: Fault,
    left: usize,
}

impl Faults {
    /// Makes the next `times` calls fail whose `METHOD /path` begins with `call`.
    pub(crate) fn order(&mut self, call: &str, fault: Fault, times: usize) {
        self.ordered.push(Ordered { call: call.to_owned(), fault, left: times });
    }

    /// Lets no more calls fail.
    pub(crate) fn forgive(&mut self) {
        self.ordered.clear();
    }

    /// How many calls have failed as it was ordered.
    pub(crate) fn met(&self) -> usize {
        self.met
    }

    /// What happens to the call `name` that has just come in.
    pub(crate) fn meet(&mut self, name: &str) -> Option<Fault> {
        let ordered =
            self.ordered.iter_mut().find(|ordered| ordered.left > 0 && name.starts_with(&ordered.call))?;
        ordered.left -= 1;
        self.met += 1;
        Some(ordered.fault.clone())
    }
}
