//! NFO and `.plexmatch` files of any content, beside videos that are looked at without a network.

#![no_main]

use std::cell::LazyCell;
use std::fs;

use discovr_scrobbler::identify::{Identifier, MemoryCache, Rules, Subject, TmdbSettings};
use discovr_scrobbler::player::{Location, Media};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static FOLDER: LazyCell<tempfile::TempDir> = LazyCell::new(|| tempfile::tempdir().expect("a folder"));
    static RUNTIME: LazyCell<tokio::runtime::Runtime> = LazyCell::new(|| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
    });
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with(|folder| {
        for name in ["x.nfo", "x S01E02.nfo", "tvshow.nfo", "season.nfo", ".plexmatch"] {
            fs::write(folder.path().join(name), bytes).expect("a file is written");
        }
        for name in ["x.mkv", "x S01E02.mkv", "07.mkv"] {
            let media = Media::at(Location::File(folder.path().join(name)));
            let settings = TmdbSettings {
                api_url: "http://127.0.0.1:9/3".parse().expect("an address"),
                credential: None,
                language: "en-US".into(),
            };
            let identifier = Identifier::new(Rules::default(), settings, MemoryCache::new());
            let subject = Subject { media: &media, duration: None };
            RUNTIME.with(|runtime| runtime.block_on(identifier.identify(subject)));
        }
    });
});
