//! What a receipt says of the play that it stands for: its number where Trakt told it, or else when it was. By that the plays
//! of several viewings of one work are told apart. Pure.

use jiff::{SignedDuration, Timestamp};

use super::plays::Play;

/// How far a play's time may be from the one that was sent or told.
pub(super) const ROUNDED: SignedDuration = SignedDuration::from_secs(2);
/// What stands before a play's number.
const PLAY: &str = ", play ";
/// What stands before a play's time.
const WATCHED_AT: &str = ", watched at ";

/// The play that a viewing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// The one with this number.
    Play(u64),
    /// One at about this instant.
    At(Timestamp),
}

impl Claim {
    /// What `receipt` says, of an entry with the instant `at`.
    pub(super) fn of(receipt: Option<&str>, at: Timestamp) -> Self {
        let after = |mark: &str| receipt.and_then(|receipt| Some(receipt.rsplit_once(mark)?.1));
        let word = |mark: &str| after(mark).and_then(|rest| rest.split([' ', ',']).next());
        if let Some(number) = word(PLAY).and_then(|number| number.parse().ok()) {
            return Self::Play(number);
        }
        Self::At(word(WATCHED_AT).and_then(|text| text.parse().ok()).unwrap_or(at))
    }

    /// Whether `play` is it, as far as that can be told.
    pub(super) fn is_for(self, play: &Play) -> bool {
        match self {
            Self::Play(number) => play.id == number,
            Self::At(at) => play.is_at(at, ROUNDED),
        }
    }
}

/// `proof` with what [`Claim::of`] reads from it.
pub(super) fn receipt(proof: &str, watched_at: Option<Timestamp>, play: Option<u64>) -> String {
    let mut receipt = proof.to_owned();
    if let Some(at) = watched_at {
        receipt.push_str(WATCHED_AT);
        receipt.push_str(&format!("{at:.3}"));
    }
    if let Some(number) = play.filter(|&number| number > 0) {
        receipt.push_str(PLAY);
        receipt.push_str(&number.to_string());
    }
    receipt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_receipt_names_its_play_by_number_or_else_by_time() {
        let (entry, told) = (at("2026-03-01T21:14:05Z"), at("2026-03-01T20:59:00Z"));
        for (watched_at, play, claim) in [
            (None, None, Claim::At(entry)),
            (Some(told), None, Claim::At(told)),
            (None, Some(7_000_000_001), Claim::Play(7_000_000_001)),
            (Some(told), Some(7), Claim::Play(7)),
            (Some(told), Some(0), Claim::At(told)),
        ] {
            let receipt = receipt("there already (409)", watched_at, play);
            assert_eq!(Claim::of(Some(&receipt), entry), claim, "{receipt}");
        }
        for strange in ["", "answered 201", ", play ", ", play x", ", watched at never, play"] {
            assert_eq!(Claim::of(Some(strange), entry), Claim::At(entry), "{strange}");
        }
        assert_eq!(Claim::of(None, entry), Claim::At(entry));
    }
}
