//! Makes a journal with many viewings, to see how the program does with them:
//! `cargo run --example large_journal -- STATE_DIR VIEWINGS [WAITING]`, where the oldest `WAITING` viewings have a history
//! entry that waits for a service.

use std::env;
use std::path::Path;

use discovr_scrobbler::clock::Clock;
use discovr_scrobbler::journal::Journal;
use discovr_scrobbler_support::large::{Large, fill};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (folder, viewings, waiting) = match arguments.as_slice() {
        [folder, viewings] => (folder, viewings.parse()?, 0),
        [folder, viewings, waiting] => (folder, viewings.parse()?, waiting.parse()?),
        _ => return Err("large_journal STATE_DIR VIEWINGS [WAITING]".into()),
    };
    let folder = Path::new(folder);
    Journal::open(folder)?.close().await;
    let yesterday = Clock::system().now().wall.as_millisecond() - 86_400_000;
    fill(folder, Large { viewings, waiting, until: yesterday }, "profile_1")?;
    Ok(())
}
