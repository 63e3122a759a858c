//! What TMDB says when it does not answer.

use serde_json::{Value, json};

/// An error as TMDB puts it: the HTTP status, its own number, and a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal(pub(super) u16, pub(super) u16, pub(super) &'static str);

impl Refusal {
    pub(super) const NOT_FOUND: Self = Self(404, 34, "The resource you requested could not be found.");
    pub(super) const BAD_ID: Self = Self(404, 6, "Invalid id: The pre-requisite id is invalid or not found.");
    pub(super) const BAD_PAGE: Self = Self(400, 22, "Invalid page: Pages start at 1 and max at 500.");
    pub(super) const BAD_KEY: Self = Self(401, 7, "Invalid API key: You must be granted a valid key.");
    pub(super) const TOO_MANY_APPENDED: Self =
        Self(400, 27, "Too many append to response objects: The maximum number of remote calls is 20.");
    pub(super) const ONLY_GET: Self = Self(405, 3, "Only GET is of use here.");
    /// A parameter that is unknown, missing or odd. The real one passes over some of these; who asks so has made a mistake.
    pub(super) const BAD_PARAMETER: Self = Self(422, 5, "Invalid parameters: Your request is incorrect.");

    pub(super) fn body(self) -> Value {
        json!({"success": false, "status_code": self.1, "status_message": self.2})
    }
}
