//! Where everything comes from that is left to chance: one seed.

use std::ops::RangeInclusive;

/// A stream of numbers that follows from its seed alone (splitmix64).
#[derive(Debug, Clone)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number in `range`.
    pub(super) fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (least, most) = range.into_inner();
        least + self.next() % (most - least + 1)
    }

    /// Whether something happens that does so `percent` times in a hundred.
    pub(super) fn happens(&mut self, percent: u64) -> bool {
        self.within(1..=100) <= percent
    }

    /// One of `choices`.
    pub(super) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.next() % choices.len() as u64).expect("it is below their number")]
            .clone()
    }

    /// As many as `count` says, each drawn by `draw`.
    pub(super) fn some<T>(
        &mut self,
        count: RangeInclusive<u64>,
        mut draw: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        (0..self.within(count)).map(|_| draw(self)).collect()
    }

    /// Another seed.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
