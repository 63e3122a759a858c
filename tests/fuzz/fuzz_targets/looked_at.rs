//! A folder of files, and what the chain makes of a video in it without a network.

use std::path::Path;

use discovr_scrobbler::identify::{Identifier, MemoryCache, Rules, Subject, TmdbSettings};
use discovr_scrobbler::player::{Location, Media};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// One of these serves all cases.
pub struct Desk {
    folder: TempDir,
    runtime: Runtime,
}

impl Desk {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { folder: tempfile::tempdir().expect("a folder"), runtime }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Looks at the video of this name.
    pub fn identify(&self, name: &str) {
        let media = Media::at(Location::File(self.folder().join(name)));
        let settings = TmdbSettings {
            api_url: "http://127.0.0.1:9/3".parse().expect("an address"),
            credential: None,
            language: "en-US".into(),
        };
        let identifier = Identifier::new(Rules::default(), settings, MemoryCache::new());
        self.runtime.block_on(identifier.identify(Subject { media: &media, duration: None }));
    }
}
