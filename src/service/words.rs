//! What a service says in an answer, fit to be shown: short, and without control characters and tokens.

use serde_json::Value;

use super::api::Answer;

/// How refresh tokens, session tokens and device codes begin.
const SECRETS: [&str; 3] = ["rt_", "eyJ", "dvc_"];
/// No word is as long as this; tokens are.
const TOO_LONG_FOR_A_WORD: usize = 40;
/// The longest message of a service that is shown.
const MAX_MESSAGE: usize = 200;

/// The error code of an answer, wherever it stands.
pub(crate) fn code(answer: &Answer) -> Option<&str> {
    let body = answer.body.as_ref()?;
    [body.get("code"), body.pointer("/error/code"), body.get("error")]
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
}

/// `: CODE message`, bounded and free of control characters and tokens.
pub(crate) fn message(answer: &Answer) -> String {
    let text = answer.body.as_ref().and_then(|body| {
        [body.get("message"), body.pointer("/error/message"), body.get("error_description")]
            .into_iter()
            .flatten()
            .find_map(Value::as_str)
    });
    let words: Vec<&str> = [code(answer), text].into_iter().flatten().collect();
    if words.is_empty() {
        return String::new();
    }
    format!(": {}", shown(&words.join(" ")))
}

/// A service's own words as they can be shown.
pub(crate) fn shown(text: &str) -> String {
    let clean = text.chars().filter(|c| !c.is_control()).collect::<String>();
    without_tokens(&clean).chars().take(MAX_MESSAGE).collect()
}

/// A service that repeats what it was sent must not put it into the log, the journal or onto the screen.
fn without_tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| !is_of_a_token(c)) {
        let is_secret =
            piece.len() >= TOO_LONG_FOR_A_WORD || SECRETS.iter().any(|begins| piece.starts_with(begins));
        if is_secret {
            clean.push('…');
            clean.extend(piece.chars().last().filter(|&c| !is_of_a_token(c)));
        } else {
            clean.push_str(piece);
        }
    }
    clean
}

fn is_of_a_token(c: char) -> bool {
    c.is_alphanumeric() || "_-.".contains(c)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(body: Value) -> String {
        message(&Answer { status: 400, body: Some(body), ..Answer::default() })
    }

    #[test]
    fn the_services_reason_is_shown_wherever_it_stands_without_control_characters() {
        for body in [
            json!({"code": "NOT_FOUND", "message": "no such \u{1b}[31mtitle"}),
            json!({"error": {"code": "NOT_FOUND", "message": "no such \u{1b}[31mtitle"}}),
            json!({"error": "NOT_FOUND", "error_description": "no such \u{1b}[31mtitle"}),
        ] {
            assert_eq!(said(body), ": NOT_FOUND no such [31mtitle");
        }
    }

    #[test]
    fn a_token_that_the_service_repeats_is_left_out() {
        let hexadecimal = "0123456789abcdef".repeat(4);
        for (text, shown) in [
            ("the token rt_0a1b is unknown", "the token … is unknown"),
            ("token=rt_0a1b", "token=…"),
            ("'rt_0a1b', \"eyJh.eyJz.s-_g\"", "'…', \"…\""),
            ("no code /auth/device-codes/dvc_9f2k/poll", "no code /auth/device-codes/…/poll"),
            ("start_time is wrong", "start_time is wrong"),
            (&format!("{hexadecimal} is not known"), "… is not known"),
        ] {
            assert_eq!(said(json!({ "message": text })), format!(": {shown}"));
        }
    }
}
