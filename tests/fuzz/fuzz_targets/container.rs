//! Videos with any header, looked at without a network.

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
        // The first byte only says which of the two it begins as, so that few cases are neither.
        let (&which, rest) = bytes.split_first().unwrap_or((&0, &[]));
        let start: &[u8] = match which % 3 {
            0 => b"",
            1 => b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\xFF",
            _ => b"\0\0\0\x08ftyp\0\0\0\0moov",
        };
        let path = folder.path().join("x.mkv");
        fs::write(&path, [start, rest].concat()).expect("a file is written");
        let media = Media::at(Location::File(path));
        let settings = TmdbSettings {
            api_url: "http://127.0.0.1:9/3".parse().expect("an address"),
            credential: None,
            language: "en-US".into(),
        };
        let identifier = Identifier::new(Rules::default(), settings, MemoryCache::new());
        let subject = Subject { media: &media, duration: None };
        RUNTIME.with(|runtime| runtime.block_on(identifier.identify(subject)));
    });
});
