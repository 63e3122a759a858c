//! What goes wrong with one call.

use std::time::Duration;

use serde_json::json;

use crate::http::Reply;

/// How a call is made to fail.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answers this status and does nothing.
    Status(u16),
    /// Does it, and then answers this status.
    StatusAfter(u16),
    /// Answers this status without a word of its own and does nothing: a proxy in front of the service.
    Proxy(u16),
    /// Answers 429 with this `Retry-After`, or none.
    TooMany(Option<String>),
    /// Closes the connection without doing it.
    Hangup,
    /// Does it, and closes the connection without an answer.
    HangupAfter,
    /// Does it, and resets the connection (RST) without an answer.
    ResetAfter,
    /// Closes the connection without an answer, and does it only this long afterwards.
    HangupThenLate(Duration),
    /// Does it, and answers half.
    HalfAnswer,
    /// Does it, and sends its answer byte by byte, one in this time.
    Trickle(Duration),
    /// Does it, and gives its answer a length that is shorter than it is.
    ShortLength,
    /// Does it, and answers something that is no JSON.
    Garbage,
    /// Does nothing, and answers with bytes that are no HTTP.
    Noise,
    /// Does it, and calls its answer compressed, which it is not.
    FalseGzip,
    /// Does it, and answers without an end.
    Endless,
    /// Says nothing for this long, without doing it.
    Stall(Duration),
    /// Does it, and then says nothing for this long.
    StallAfter(Duration),
    /// Says nothing for this long, and does it only then, for nobody.
    StallThenLate(Duration),
    /// Answers 302 to elsewhere.
    Redirect,
    /// Answers this status and sends the caller to this address.
    RedirectTo(u16, String),
    /// Does it, and announces its answer with 103 first.
    EarlyHints,
    /// Does it, and calls the JSON it answers plain text.
    WrongType,
}

/// Whether a call that fails is done all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It is not.
    Never,
    /// It is, before anything is answered.
    Now,
    /// It is, this long after the call came in, when nobody hears of it any more.
    After(Duration),
}

impl Fault {
    /// Whether, and when, the call is done.
    pub(crate) fn effect(&self) -> Effect {
        match self {
            Self::Status(_)
            | Self::Proxy(_)
            | Self::TooMany(_)
            | Self::Hangup
            | Self::Noise
            | Self::Stall(_)
            | Self::Redirect
            | Self::RedirectTo(..) => Effect::Never,
            Self::HangupThenLate(time) | Self::StallThenLate(time) => Effect::After(*time),
            Self::StatusAfter(_)
            | Self::HangupAfter
            | Self::ResetAfter
            | Self::HalfAnswer
            | Self::Trickle(_)
            | Self::ShortLength
            | Self::Garbage
            | Self::FalseGzip
            | Self::Endless
            | Self::StallAfter(_)
            | Self::EarlyHints
            | Self::WrongType => Effect::Now,
        }
    }

    /// What is answered instead of `status` and `body`, which the service has for a call that it did. 0 and nothing for one
    /// that it did not do.
    pub(crate) fn reply(self, status: u16, body: &[u8]) -> Reply {
        let asked = |status| Reply::json(status, &json!({"message": "as the test asked"}));
        match self {
            // Such an answer has no body.
            Self::Status(204) | Self::StatusAfter(204) => answer(204, &[], b""),
            Self::Status(status) | Self::StatusAfter(status) => asked(status),
            Self::Proxy(status) => {
                answer(status, &[("content-type", "text/html")], b"<html><h1>Bad gateway</h1></html>")
            }
            Self::TooMany(None) => Reply::json(429, &json!({"message": "slow down"})),
            Self::TooMany(Some(after)) => {
                answer(429, &[("retry-after", &after)], b"{\"message\":\"slow down\"}")
            }
            Self::Hangup | Self::HangupAfter | Self::HangupThenLate(_) => Reply::Hangup,
            Self::ResetAfter => Reply::Reset,
            Self::HalfAnswer => {
                Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"message\":".to_vec())
            }
            Self::Trickle(every) => Reply::Trickle { bytes: bytes_of(status, body), every },
            Self::ShortLength => {
                let shown = body.len() / 2;
                let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {shown}\r\n\r\n");
                Reply::Raw([head.as_bytes(), body].concat())
            }
            Self::Garbage => {
                answer(200, &[("content-type", "text/html")], b"<html>Please sign in to this network</html>")
            }
            Self::Noise => Reply::Raw(b"\x00\xff\x16\x03 no HTTP at all \r\n\r\n".to_vec()),
            Self::FalseGzip => answer(status, &[("content-encoding", "gzip")], &[0x1f, 0x8b, 8, 0, 0, 0, 1]),
            Self::Endless => Reply::Endless,
            Self::Stall(time) | Self::StallAfter(time) | Self::StallThenLate(time) => Reply::Stall(time),
            Self::Redirect => answer(302, &[("location", "http://127.0.0.1:9/")], b""),
            Self::RedirectTo(status, address) => answer(status, &[("location", &address)], b""),
            Self::EarlyHints => {
                let hints = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n".to_vec();
                Reply::Raw([hints, bytes_of(status, body)].concat())
            }
            Self::WrongType => answer(status, &[("content-type", "text/plain")], body),
        }
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    Reply::Answer { status, headers, body: body.to_vec() }
}

/// A whole answer, as it goes over the wire.
fn bytes_of(status: u16, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
