//! NFO and `.plexmatch` files of any content, beside videos that are looked at.

#![no_main]

mod looked_at;

use std::fs;

use looked_at::Desk;

thread_local! {
    static DESK: Desk = Desk::new();
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    DESK.with(|desk| {
        for name in ["x.nfo", "x S01E02.nfo", "tvshow.nfo", "season.nfo", ".plexmatch"] {
            fs::write(desk.folder().join(name), bytes).expect("a file is written");
        }
        for name in ["x.mkv", "x S01E02.mkv", "07.mkv"] {
            desk.identify(name);
        }
    });
});
