//! What is wrong with a foreign file, and with a single entry in one.

use std::path::PathBuf;

use serde::Serialize;

/// A foreign file that cannot be read as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {}: {why}", path.display())]
pub struct ForeignError {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong with it and what to do.
    pub why: String,
}

/// One entry of a foreign file that cannot be taken over; the others can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// In which file.
    pub file: PathBuf,
    /// Which entry, as somebody finds it there: `entry 3`, `rule 2`, `fileinfo.whitelist 1`.
    pub entry: String,
    /// Why not.
    pub why: String,
    /// What the user can do, if there is something.
    pub hint: Option<String>,
}
