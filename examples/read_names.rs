//! Reads names from standard input, one a line, and prints what each is taken to say as a JSON object a line.

use std::io::{self, BufRead, Write};

use discovr_scrobbler::identify::release_name::{self, ReadingKind};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut said = serde_json::json!({"input": line});
        if let Some(reading) = release_name::read(&line).into_iter().next() {
            said["kind"] = match reading.kind {
                ReadingKind::Movie => "movie",
                ReadingKind::Episode => "episode",
            }
            .into();
            said["title"] = reading.title.into();
            said["year"] = reading.year.into();
            said["season"] = reading.season.into();
            said["episode"] = reading.episodes.into();
            said["absolute_episode"] = reading.absolute.into();
        }
        writeln!(out, "{said}")?;
    }
    Ok(())
}
