//! Something that was watched, by trakt-scrobbler's word, and the viewing that it is here.

use std::collections::BTreeMap;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::playback::{CompletedPart, Kind, Parts, Ranges, Viewing, ViewingId};
use crate::player::{Location, Media, Position};

/// What stands as the player of a viewing that was taken over.
pub const PLAYER: &str = "trakt-scrobbler";

/// The names of viewings that are taken over are made in this space, so that the same entry is always the same viewing.
const SPACE: Uuid = Uuid::from_u128(0x6f1d_2c37_94b8_4e0a_a5d3_71c0_88e2_4b19);

/// One entry of the backlog.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The file that it is in.
    pub file: PathBuf,
    /// Which one it is there.
    pub place: String,
    /// Its title, after the remap rules of then.
    pub title: String,
    /// The year of the movie or of the series.
    pub year: Option<u16>,
    /// What it is.
    pub kind: EntryKind,
    /// How far it was watched, in percent.
    pub progress: f64,
    /// When it was at that progress.
    pub at: Timestamp,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A movie.
    Movie,
    /// An episode. Without a season in its name, trakt-scrobbler took it for one of season 1.
    Episode {
        /// Its season.
        season: u32,
        /// Its number.
        episode: u32,
    },
}

impl Entry {
    /// Which threshold counts for it.
    #[must_use]
    pub fn threshold(&self) -> Kind {
        match self.kind {
            EntryKind::Movie => Kind::Movie,
            EntryKind::Episode { .. } => Kind::Episode,
        }
    }

    /// Its name as a release's: `Some Show (2005) S01E02`.
    #[must_use]
    pub fn name(&self) -> String {
        let year = self.year.map(|year| format!(" ({year})")).unwrap_or_default();
        match self.kind {
            EntryKind::Movie => format!("{}{year}", self.title),
            EntryKind::Episode { season, episode } => {
                format!("{}{year} S{season:02}E{episode:02}", self.title)
            }
        }
    }

    /// The name of its viewing: the same whenever and from whichever form of the backlog it is read. The progress and the
    /// file do not count, for an entry may be moved from one to the other.
    #[must_use]
    pub fn viewing_id(&self) -> ViewingId {
        let kind = match self.kind {
            EntryKind::Movie => "movie".to_owned(),
            EntryKind::Episode { season, episode } => format!("episode\n{season}\n{episode}"),
        };
        let year = self.year.map(|year| year.to_string()).unwrap_or_default();
        let content = format!("{}\n{year}\n{kind}\n{}", self.title, self.at.as_millisecond());
        ViewingId(Uuid::new_v5(&SPACE, content.as_bytes()))
    }

    /// What would have been played. Where it was is not known.
    #[must_use]
    pub fn media(&self) -> Media {
        let mut tags = BTreeMap::new();
        // A year belongs to the title, and tags of a series have no place for it.
        if let (EntryKind::Episode { season, episode }, None) = (self.kind, self.year) {
            tags.insert("show".to_owned(), self.title.clone());
            tags.insert("season_number".to_owned(), season.to_string());
            tags.insert("episode_sort".to_owned(), episode.to_string());
        }
        Media { title: Some(self.name()), tags, ..Media::at(Location::Unknown) }
    }

    /// The finished viewing that it is. How long it is was not kept: its length and its position are zero.
    #[must_use]
    pub fn viewing(&self) -> Viewing {
        let of = NonZeroU8::MIN;
        Viewing {
            id: self.viewing_id(),
            media: Arc::new(self.media()),
            player: PLAYER.to_owned(),
            duration: Duration::ZERO,
            position: Position::ZERO,
            ranges: Ranges::default(),
            started_at: self.at,
            position_at: self.at,
            parts: Parts::kept(of, [CompletedPart { index: 0, of, at: self.at }]),
        }
    }
}
