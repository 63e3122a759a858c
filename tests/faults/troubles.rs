//! The table: all ways in which a call fails, in words.

use std::time::Duration;

use discovr_scrobbler_support::discovr::Fault;
use jiff::SignedDuration;

use crate::scene::now;

/// A way to fail, and how many calls in a row fail so.
pub(crate) struct Trouble {
    /// What happens, for a sentence that begins with the call.
    pub(crate) words: &'static str,
    pub(crate) fault: Fault,
    pub(crate) times: usize,
    /// Whether the call is done all the same: of one that only reads that makes no difference.
    pub(crate) done: bool,
}

/// Longer than the daemon waits for an answer.
const TOO_LONG: Duration = Duration::from_secs(40);

/// All of them. `elsewhere` is another host.
pub(crate) fn all(elsewhere: &str) -> Vec<Trouble> {
    let not_done = |words, fault, times| Trouble { words, fault, times, done: false };
    let done = |words, fault, times| Trouble { words, fault, times, done: true };
    let soon = now().saturating_add(SignedDuration::from_secs(30)).expect("it is not the end of time");
    let soon = soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    vec![
        not_done("is answered with 401", Fault::Status(401), 2),
        not_done("is answered with 403", Fault::Status(403), 2),
        not_done("is answered with 500 and not done", Fault::Status(500), 2),
        done("is answered with 500 and done", Fault::StatusAfter(500), 2),
        not_done("is answered with 503 and not done", Fault::Status(503), 2),
        done("is answered with 504 and done", Fault::StatusAfter(504), 2),
        done("is answered with 204 and nothing, and done", Fault::StatusAfter(204), 2),
        not_done("is answered with 502 by a proxy", Fault::Proxy(502), 2),
        not_done("is answered with 404 by a proxy", Fault::Proxy(404), 2),
        not_done("is answered with 429", Fault::TooMany(None), 2),
        not_done("is answered with 429 and some seconds", Fault::TooMany(Some("3".into())), 2),
        not_done("is answered with 429 and a date", Fault::TooMany(Some(soon)), 1),
        not_done("is answered with 429 and nonsense", Fault::TooMany(Some("in a while".into())), 2),
        not_done("is hung up on and not done", Fault::Hangup, 2),
        done("is hung up on and done", Fault::HangupAfter, 2),
        done("is reset and done", Fault::ResetAfter, 2),
        done(
            "is hung up on and done twelve seconds later",
            Fault::HangupThenLate(Duration::from_secs(12)),
            1,
        ),
        done("is done and answered by half", Fault::HalfAnswer, 2),
        done("is done and answered byte by byte", Fault::Trickle(Duration::from_millis(10)), 2),
        done("is done and answered byte by byte for too long", Fault::Trickle(Duration::from_secs(1)), 1),
        done("is done and answered with a length that is too short", Fault::ShortLength, 2),
        done("is done and answered with a page of HTML", Fault::Garbage, 2),
        not_done("is answered with noise", Fault::Noise, 2),
        done("is done and answered with what is no gzip", Fault::FalseGzip, 2),
        done("is done and answered without an end", Fault::Endless, 2),
        not_done("is not answered and not done", Fault::Stall(TOO_LONG), 1),
        done("is done and not answered", Fault::StallAfter(TOO_LONG), 1),
        done("is not answered and done much later", Fault::StallThenLate(Duration::from_secs(45)), 1),
        not_done("is answered with a redirect", Fault::Redirect, 2),
        not_done(
            "is sent to another host with 307",
            Fault::RedirectTo(307, format!("{elsewhere}/profile")),
            2,
        ),
        not_done(
            "is sent to another host with 301",
            Fault::RedirectTo(301, format!("{elsewhere}/profile")),
            2,
        ),
        done("is done and answered after early hints", Fault::EarlyHints, 2),
        done("is done and answered as plain text", Fault::WrongType, 2),
    ]
}
