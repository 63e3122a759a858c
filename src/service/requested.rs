//! Asking a service for a code that the user approves elsewhere.

/// What came of asking for a code.
#[derive(Debug)]
pub enum Requested<Code> {
    /// Here it is.
    Code(Code),
    /// The service does not want the id that this program is registered under.
    Refused {
        /// In the service's words.
        why: String,
    },
    /// No code now; later perhaps.
    Later {
        /// Why not.
        why: String,
    },
}
