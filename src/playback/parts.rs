//! The parts of a media: several episodes in one file share its running time evenly, and each is completed on its own.

use std::num::NonZeroU8;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many parts a viewing has, and when each was completed. A viewing of one thing has one.
///
/// The number may be learnt late, and corrected: what was completed under another number stays known under that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    count: NonZeroU8,
    completed: Vec<CompletedPart>,
}

/// A part that has been watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletedPart {
    /// Which one, from 0 to `of` - 1.
    pub index: u8,
    /// Of how many.
    pub of: NonZeroU8,
    /// When.
    pub at: Timestamp,
}

impl Default for Parts {
    fn default() -> Self {
        Self::of(NonZeroU8::MIN)
    }
}

impl Parts {
    /// As many parts are told apart, at most: 100.
    pub const MOST: NonZeroU8 = NonZeroU8::new(100).expect("it is not zero");

    /// Parts of which none is completed.
    #[must_use]
    pub fn of(count: NonZeroU8) -> Self {
        Self { count: count.min(Self::MOST), completed: Vec::new() }
    }

    /// The parts in which `works` are shown one after the other: 1 to [`Parts::MOST`].
    #[must_use]
    pub fn number(works: usize) -> NonZeroU8 {
        u8::try_from(works)
            .map_or(Self::MOST, |count| NonZeroU8::new(count).unwrap_or(NonZeroU8::MIN))
            .min(Self::MOST)
    }

    /// What was kept. What cannot be, or is there already, is left out.
    #[must_use]
    pub fn kept(count: NonZeroU8, completed: impl IntoIterator<Item = CompletedPart>) -> Self {
        let mut parts = Self::of(count);
        completed.into_iter().for_each(|part| parts.add(part));
        parts
    }

    /// How many there are: 1 to [`Parts::MOST`].
    #[must_use]
    pub fn count(&self) -> NonZeroU8 {
        self.count
    }

    /// All that was completed, under this and other numbers, in the order in which it was kept.
    #[must_use]
    pub fn completed(&self) -> &[CompletedPart] {
        &self.completed
    }

    /// When each part was completed, in the order of the parts.
    #[must_use]
    pub fn instants(&self) -> Vec<Option<Timestamp>> {
        self.instants_of(self.count)
    }

    /// The same of another number of parts.
    #[must_use]
    pub fn instants_of(&self, count: NonZeroU8) -> Vec<Option<Timestamp>> {
        (0..count.get()).map(|index| self.at(index, count)).collect()
    }

    /// When the last one was completed, once all are.
    #[must_use]
    pub fn completed_at(&self) -> Option<Timestamp> {
        self.instants().into_iter().collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// These with what was completed `before`; where the same part was completed twice, the instant of `before` stands.
    #[must_use]
    pub fn after(&self, before: &Self) -> Self {
        Self::kept(self.count, before.completed.iter().chain(&self.completed).copied())
    }

    /// The parts of this number that are not completed yet.
    pub(crate) fn open(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.count.get()).filter(|&index| self.at(index, self.count).is_none())
    }

    /// Counts as another number of parts from now on.
    pub(crate) fn divide(&mut self, count: NonZeroU8) {
        self.count = count.min(Self::MOST);
    }

    /// Part `index` has been watched. It stays so.
    pub(crate) fn complete(&mut self, index: u8, at: Timestamp) {
        self.add(CompletedPart { index, of: self.count, at });
    }

    /// When part `index` of `of` was completed.
    pub(crate) fn at(&self, index: u8, of: NonZeroU8) -> Option<Timestamp> {
        self.completed.iter().find(|part| part.index == index && part.of == of).map(|part| part.at)
    }

    /// By when part `index` of `of` must have been completed, because all the smaller parts in it were.
    pub(crate) fn completed_by(&self, index: u8, of: NonZeroU8) -> Option<Timestamp> {
        let (index, of) = (u16::from(index), u16::from(of.get()));
        let overlaps = |small: u8, count: NonZeroU8| {
            let (small, count) = (u16::from(small), u16::from(count.get()));
            small * of < (index + 1) * count && (small + 1) * of > index * count
        };
        let by = |count: NonZeroU8| {
            let inside = (0..count.get()).filter(|&small| overlaps(small, count));
            inside.map(|small| self.at(small, count)).collect::<Option<Vec<_>>>()?.into_iter().max()
        };
        self.completed
            .iter()
            .map(|part| part.of)
            .filter(|count| u16::from(count.get()) > of)
            .filter_map(by)
            .min()
    }

    fn add(&mut self, part: CompletedPart) {
        if part.index < part.of.get() && part.of <= Self::MOST && self.at(part.index, part.of).is_none() {
            self.completed.push(part);
        }
    }
}
