//! What was asked of the stand-in.

use jiff::Timestamp;
use serde_json::Value;

/// A call that was made, after it was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `PATCH`, …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The body, if it was JSON.
    pub body: Value,
    /// The status that was, or would have been, answered.
    pub status: u16,
    /// When.
    pub at: Timestamp,
}
