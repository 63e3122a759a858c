//! Videos with any header.

#![no_main]

mod looked_at;

use std::fs;

use looked_at::Desk;

thread_local! {
    static DESK: Desk = Desk::new();
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    DESK.with(|desk| {
        // The first byte only says as which of the two it begins, so that few cases are neither.
        let (&which, rest) = bytes.split_first().unwrap_or((&0, &[]));
        let start: &[u8] = match which % 3 {
            0 => b"",
            1 => b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\xFF",
            _ => b"\0\0\0\x08ftyp\0\0\0\0moov",
        };
        fs::write(desk.folder().join("x.mkv"), [start, rest].concat()).expect("a file is written");
        desk.identify("x.mkv");
    });
});
