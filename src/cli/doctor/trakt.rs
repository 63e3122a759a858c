//! Whether Trakt is set up, can be reached, and accepts who asks. Nothing is said of it while it is off.

use std::sync::Arc;

use super::finding::{Finding, Group, PATIENCE, Verdict};
use super::reach::Service;
use super::sign_in::{
    Found, Remembered, is_of_state_folder, judge_clock, judge_keyring, refused, remembered, search,
};
use crate::checkup::{Answered, Unreachable};
use crate::cli::context::Context;
use crate::clock::Clock;
use crate::config::{self, Loaded, Search};
use crate::keyring::SignInTo;
use crate::service::trakt::{TRAKT, Tokens, account_trouble, auth_checkup, checkup};

const GROUP: Group = Group::Trakt;
const SERVICE: Service = Service { group: GROUP, name: "Trakt", setting: "trakt.api_url" };
const AUTH: Service = Service { group: GROUP, name: "Trakt's sign-in", setting: "trakt.auth_url" };
const SIGN_IN: &str = "discovr-scrobbler login trakt";
/// What anybody answers who is asked for tokens in a way that gives none.
const ANYONE: [u16; 9] = [200, 301, 302, 400, 401, 403, 404, 405, 412];
/// The answers of Trakt itself to the question that is asked here.
const ANSWERS: [u16; 6] = [200, 401, 403, 420, 423, 426];

/// Looks at all of it. A state folder that `is_shut` to its user is told elsewhere.
pub(super) async fn look(context: Arc<Context>, loaded: Arc<Loaded>, is_shut: bool) -> Vec<Finding> {
    let trakt = &loaded.settings.trakt;
    if !trakt.enabled {
        return Vec::new();
    }
    let Some(Search { found: token, keyring_trouble }) = search(SignInTo::Trakt, &context, &loaded).await
    else {
        return vec![GROUP.failed("token")];
    };
    let secret = {
        let (context, loaded) = (Arc::clone(&context), Arc::clone(&loaded));
        tokio::task::spawn_blocking(move || {
            config::trakt_client_secret(&loaded.settings, &context.secret_places())
        })
    };
    let Ok(Ok(secret)) = tokio::time::timeout(PATIENCE, secret).await else {
        return vec![GROUP.failed("application")];
    };
    let client_id = match &trakt.client_id {
        Some(id) => Known::As(id.clone()),
        None => match remembered(TRAKT, context).await {
            Some(Remembered { sign_in, .. }) => sign_in.client_id.map_or(Known::No, Known::As),
            // What is wrong with the journal is said where it is looked at.
            None => Known::Unclear,
        },
    };
    let mut findings = judge_application(&client_id, &secret, is_shut);
    let tokens = token.as_ref().ok().and_then(Option::as_ref).and_then(|(text, _)| Tokens::from_text(text));
    if !(is_shut && is_of_state_folder(&token)) {
        findings.push(judge_token(&token, tokens.is_some()));
    }
    findings.extend(judge_keyring(GROUP, &token, keyring_trouble.as_ref()));

    let ours = Clock::system().now().wall;
    let good = tokens.as_ref().filter(|tokens| tokens.ends() > ours.as_second());
    let id = if let Known::As(id) = &client_id { id } else { "" };
    let (answer, auth) =
        tokio::join!(checkup(&trakt.api_url, id, good, PATIENCE), auth_checkup(&trakt.auth_url, PATIENCE));
    findings.extend(judge_answer(&answer, !id.is_empty(), good.is_some(), tokens.is_some()));
    // Two hosts that can both be reached are no two findings.
    findings.extend(Some(AUTH.reached(&auth, &ANYONE)).filter(|found| found.verdict != Verdict::Good));
    if let Ok(Answered { date: Some(theirs), .. }) = answer {
        findings.push(judge_clock(GROUP, "Trakt", theirs, ours));
    }
    findings
}

/// Whether the id of the application is known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    As(String),
    No,
    Unclear,
}

fn judge_application(client_id: &Known, secret: &Found, is_shut: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing = |what: &str, key: &str| {
        let remedy = format!("{SIGN_IN}, or set {key}");
        GROUP.bad("application", format!("the {what} of your application is not known"), remedy)
    };
    if *client_id == Known::No {
        findings.push(missing("id", "trakt.client_id"));
    }
    match secret {
        Ok(Some(_)) if findings.is_empty() => {
            findings.push(GROUP.good("application", "your application's id and secret are known"));
        }
        Ok(Some(_)) => {}
        Ok(None) => findings.push(missing("secret", "trakt.client_secret_file")),
        Err(_) if is_shut && is_of_state_folder(secret) => {}
        Err(error) => findings.push(Finding { check: "application", ..refused(GROUP, error) }),
    }
    findings
}

fn judge_token(token: &Found, is_readable: bool) -> Finding {
    match token {
        Ok(Some((_, origin))) if is_readable => GROUP.good("token", format!("the sign-in is in {origin}")),
        Ok(Some((_, origin))) => {
            GROUP.bad("token", format!("what is in {origin} is no sign-in to Trakt"), SIGN_IN)
        }
        Ok(None) => GROUP.bad("token", "not signed in to Trakt", SIGN_IN),
        Err(error) => refused(GROUP, error),
    }
}

/// What the answer says. The access token `was_shown` while it was good; one that has ended is for the daemon to renew.
fn judge_answer(
    answer: &Result<Answered, Unreachable>,
    has_id: bool,
    was_shown: bool,
    is_signed_in: bool,
) -> Vec<Finding> {
    let mut findings = vec![SERVICE.reached(answer, &ANSWERS)];
    let Ok(Answered { status, .. }) = answer else { return findings };
    let remedy = match status {
        403 => {
            "check your application at https://trakt.tv/oauth/applications, and the VIP membership of its maker"
        }
        423 => "write to Trakt's support",
        _ => "look at your account at https://trakt.tv/vip",
    };
    findings.extend(match (status, account_trouble(*status)) {
        // Nobody is accepted who does not say who asks.
        (403, _) if !has_id => None,
        (_, Some(why)) => Some(GROUP.bad("sign-in", why, remedy)),
        (401, _) if was_shown => Some(GROUP.bad("sign-in", "Trakt does not accept the sign-in", SIGN_IN)),
        (200, _) if was_shown => Some(GROUP.good("sign-in", "Trakt accepts the sign-in")),
        (200 | 401, _) if is_signed_in => {
            Some(GROUP.good("sign-in", "it is renewed when something is sent next"))
        }
        _ => None,
    });
    findings
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::config::{SecretError, SecretOrigin};

    fn verdicts(found: &[Finding]) -> Vec<(&'static str, Verdict)> {
        found.iter().map(|finding| (finding.check, finding.verdict)).collect()
    }

    #[test]
    fn each_state_of_the_account_is_told_with_a_way_out() {
        let judged =
            |status| judge_answer(&Ok(Answered { status, date: None, body: None }), true, true, true);
        for (status, says) in [(403, "VIP"), (420, "limit"), (423, "locked"), (426, "VIP"), (401, "accept")] {
            let found = judged(status);
            assert_eq!(
                verdicts(&found),
                [("reached", Verdict::Good), ("sign-in", Verdict::Bad)],
                "{found:?}"
            );
            assert!(found[1].finding.contains(says) && found[1].remedy.is_some(), "{found:?}");
        }
        assert_eq!(verdicts(&judged(200)), [("reached", Verdict::Good), ("sign-in", Verdict::Good)]);
        assert_eq!(verdicts(&judged(502)), [("reached", Verdict::Bad)]);
        assert_eq!(verdicts(&judged(429)), [("reached", Verdict::Note)]);
    }

    #[test]
    fn what_was_not_shown_is_not_judged() {
        let answer = |status| Ok(Answered { status, date: None, body: None });
        let judged = |status, id, signed_in| verdicts(&judge_answer(&answer(status), id, false, signed_in));
        let well = ("reached", Verdict::Good);
        assert_eq!(judged(401, true, false), [well]);
        assert_eq!(judged(403, false, false), [well]);
        assert_eq!(judged(401, true, true), [well, ("sign-in", Verdict::Good)]);
    }

    #[test]
    fn what_is_missing_of_the_application_is_told() {
        let id = || Known::As("id".into());
        let secret = || Ok(Some((SecretString::from("s"), SecretOrigin::Settings("trakt.client_secret"))));
        let judged = |id, secret| verdicts(&judge_application(&id, &secret, false));
        let (good, bad) = (("application", Verdict::Good), ("application", Verdict::Bad));
        assert_eq!(judged(id(), secret()), [good]);
        assert_eq!(judged(Known::Unclear, secret()), [good]);
        assert_eq!(judged(Known::No, secret()), [bad]);
        assert_eq!(judged(id(), Ok(None)), [bad]);
        assert_eq!(judged(Known::No, Ok(None)), [bad, bad]);
        assert_eq!(judged(id(), Err(SecretError::Empty { path: "/s".into() })), [bad]);
    }
}
