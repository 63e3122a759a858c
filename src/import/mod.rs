//! What other scrobblers have left behind, read and put into our own words. Nothing here writes, asks or tells: the command
//! line shows what was read, and files it.
//!
//! So far there is one: trakt-scrobbler, a Python program that reports to Trakt.

mod backlog;
mod entry;
mod error;
mod foreign;
mod glob;
mod places;
mod remap;
mod rule;
mod settings;
mod yaml;

pub use backlog::{Backlog, backlog};
pub use entry::{Entry, EntryKind, PLAYER};
pub use error::{ForeignError, Trouble};
pub use glob::{folder_glob, regex_glob};
pub use places::Places;
pub use remap::{Becomes, RemapRule, RemapRules, Span, remap_rules};
pub use rule::{CannotSay, draft, whole_rule};
pub use settings::{ForeignSettings, settings};
