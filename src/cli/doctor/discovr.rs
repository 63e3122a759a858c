//! Whether Discovr can be reached, knows who asks, and which profile viewings go to.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::finding::{Finding, Group, PATIENCE, Verdict};
use super::reach::Service;
use super::sign_in::{
    Found, Remembered, is_of_state_folder, judge_clock, judge_keyring, refused, remembered, search,
};
use crate::checkup::{Answered, Unreachable};
use crate::cli::context::Context;
use crate::cli::text::{day, roughly};
use crate::clock::Clock;
use crate::config::{Loaded, Search, SecretOrigin};
use crate::journal::SignIn;
use crate::keyring::SignInTo;
use crate::service::discovr::{DISCOVR, Expiry, checkup, profiles};

const GROUP: Group = Group::Discovr;
const SERVICE: Service = Service { group: GROUP, name: "Discovr", setting: "discovr.api_url" };
const SIGN_IN: &str = "discovr-scrobbler login";
/// Places of a token that are not the same for every process.
const ONLY_THE_DAEMONS: [&str; 2] = ["the systemd credential ", "the setting "];

/// Looks at all of it. `daemons_token` is where a running daemon found the token; a state folder that `is_shut` to its user
/// is told elsewhere.
pub(super) async fn look(
    context: Arc<Context>,
    loaded: Arc<Loaded>,
    daemons_token: Option<String>,
    is_shut: bool,
) -> Vec<Finding> {
    let discovr = &loaded.settings.discovr;
    if !discovr.enabled {
        let finding = "discovr.enabled is false: what you watch is kept on this machine only";
        return vec![GROUP.note("enabled", finding, "set discovr.enabled = true to have it sent")];
    }
    let Some(Search { found: token, keyring_trouble }) = search(SignInTo::Discovr, &context, &loaded).await
    else {
        return vec![GROUP.failed("token")];
    };
    let mut findings = if is_shut && is_of_state_folder(&token) {
        Vec::new()
    } else {
        judge_token(&token, daemons_token.as_deref())
    };
    findings.extend(judge_keyring(GROUP, &token, keyring_trouble.as_ref()));
    let is_of_login = is_of_login(&token, daemons_token.as_deref());
    let token = token.ok().flatten().map(|(token, _)| token);
    let answer = checkup(&discovr.api_url, token.as_ref(), PATIENCE).await;
    let remembered = remembered(DISCOVR, context).await;
    let profile = match (&loaded.settings.discovr.profile, &remembered) {
        (Some(profile), _) => Chosen::Profile(profile),
        (None, Some(Remembered { sign_in: SignIn { profile: Some(profile), .. }, .. })) => {
            Chosen::Profile(&profile.0)
        }
        (None, Some(_)) => Chosen::None,
        // What is wrong with the journal is said where it is looked at.
        (None, None) => Chosen::Unknown,
    };
    findings.extend(judge_answer(&answer, token.is_some(), profile));
    if let Some(Remembered { sign_in, last_success_at }) = remembered.as_ref().filter(|_| is_of_login) {
        let is_refused =
            findings.iter().any(|found| found.check == "sign-in" && found.verdict == Verdict::Bad);
        let end = judge_end(sign_in, *last_success_at, Clock::system().now().wall);
        // What Discovr does not accept is not good until anything.
        findings.extend(end.filter(|end| !is_refused || end.verdict != Verdict::Good));
    }
    if let Ok(Answered { date: Some(theirs), .. }) = answer {
        findings.push(judge_clock(GROUP, "Discovr", theirs, Clock::system().now().wall));
    }
    findings
}

/// Whether the token in use may be the one that `login` kept, whose end the journal knows.
fn is_of_login(token: &Found, daemons: Option<&str>) -> bool {
    let is_given = |place: &str| ONLY_THE_DAEMONS.iter().any(|kind| place.starts_with(kind));
    match token {
        Ok(Some((_, origin))) => !matches!(origin, SecretOrigin::Credential(_) | SecretOrigin::Settings(_)),
        Ok(None) => !daemons.is_some_and(is_given),
        Err(_) => false,
    }
}

/// The profile that new viewings go to.
#[derive(Debug, Clone, Copy)]
enum Chosen<'a> {
    Profile(&'a str),
    None,
    Unknown,
}

/// How long the sign-in lasts. Nothing is said of it where its end is not known.
fn judge_end(sign_in: &SignIn, last_success_at: Option<Timestamp>, now: Timestamp) -> Option<Finding> {
    let end = sign_in.expires_at?;
    let left = roughly(Duration::try_from(end.duration_since(now)).unwrap_or_default());
    match Expiry::of(sign_in, last_success_at, now) {
        // Another token is in use, whose end is not known.
        Expiry::Fine if end <= now => None,
        Expiry::Fine => Some(GROUP.good("days left", format!("the sign-in is good until {}", day(end)))),
        Expiry::Soon(end) => {
            Some(GROUP.note("days left", format!("the sign-in ends on {}, in {left}", day(end)), SIGN_IN))
        }
        Expiry::Ended(end) => {
            Some(GROUP.bad("days left", format!("the sign-in ended on {}", day(end)), SIGN_IN))
        }
    }
}

fn judge_token(token: &Found, daemons: Option<&str>) -> Vec<Finding> {
    match (token, daemons) {
        (Ok(Some((token, origin))), _) => {
            let mut findings = vec![GROUP.good("token", format!("the refresh token is in {origin}"))];
            if !token.expose_secret().starts_with("rt_") {
                let finding = "it does not begin with rt_, as Discovr's refresh tokens do";
                findings.push(GROUP.note("token", finding, SIGN_IN));
            }
            findings
        }
        // systemd gives a credential to the daemon alone, as a terminal has an environment of its own.
        (Ok(None), Some(place)) if ONLY_THE_DAEMONS.iter().any(|kind| place.starts_with(kind)) => {
            vec![GROUP.good("token", format!("the daemon has the refresh token from {place}"))]
        }
        (Ok(None), _) => vec![GROUP.bad("token", "not signed in: there is no refresh token", SIGN_IN)],
        (Err(error), _) => vec![refused(GROUP, error)],
    }
}

fn judge_answer(
    answer: &Result<Answered, Unreachable>,
    signed_in: bool,
    profile: Chosen<'_>,
) -> Vec<Finding> {
    let mut findings = vec![SERVICE.reached(answer, &[200, 401])];
    let Ok(answer) = answer else { return findings };
    match (answer.status, profiles(answer)) {
        (401, _) if signed_in => {
            let finding = "Discovr does not accept the sign-in: it is wrong, revoked or older than 90 days";
            findings.push(GROUP.bad("sign-in", finding, SIGN_IN));
        }
        (200, Some(listed)) => {
            findings.push(GROUP.good("sign-in", "Discovr accepts the sign-in"));
            findings.extend(judge_profile(profile, &listed));
        }
        (200, None) => {
            let finding = "the account's profiles could not be read: is this Discovr?";
            findings.push(GROUP.bad(
                "sign-in",
                finding,
                "look at discovr.api_url: `discovr-scrobbler config show`",
            ));
        }
        _ => {}
    }
    findings
}

fn judge_profile(profile: Chosen<'_>, listed: &[(String, String)]) -> Option<Finding> {
    let shown: Vec<String> = listed.iter().map(|(id, name)| format!("\"{id}\" ({name})")).collect();
    let remedy = if listed.is_empty() {
        "this account has none yet: make one in a Discovr app".to_owned()
    } else {
        format!("discovr-scrobbler profile NAME, or set discovr.profile to one of {}", shown.join(", "))
    };
    Some(match profile {
        Chosen::Unknown => return None,
        Chosen::None => GROUP.bad("profile", "no profile is chosen: nothing can be sent", remedy),
        Chosen::Profile(chosen) => match listed.iter().find(|(id, _)| id == chosen) {
            Some((id, name)) => {
                GROUP.good("profile", format!("what you watch goes to the profile {name} ({id})"))
            }
            None => GROUP.bad("profile", format!("{chosen} is not a profile of this account"), remedy),
        },
    })
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use crate::config::SecretError;

    fn answered(status: u16, body: serde_json::Value) -> Result<Answered, Unreachable> {
        Ok(Answered { status, date: None, body: Some(body) })
    }

    fn verdicts(found: &[Finding]) -> Vec<(&'static str, Verdict)> {
        found.iter().map(|finding| (finding.check, finding.verdict)).collect()
    }

    #[test]
    fn the_sign_in_and_the_profile_are_judged_by_the_accounts_own_list() {
        let kim = json!({"profiles": [{"id": "p1", "name": "Kim"}, {"id": "p2"}, {"name": "no id"}]});
        let judged = |profile| verdicts(&judge_answer(&answered(200, kim.clone()), true, profile));
        let well = [("reached", Verdict::Good), ("sign-in", Verdict::Good)];
        assert_eq!(judged(Chosen::Profile("p1")), [&well[..], &[("profile", Verdict::Good)]].concat());
        assert_eq!(judged(Chosen::Profile("p9")), [&well[..], &[("profile", Verdict::Bad)]].concat());
        assert_eq!(judged(Chosen::None), [&well[..], &[("profile", Verdict::Bad)]].concat());
        // A journal that cannot be read is no profile that is missing.
        assert_eq!(judged(Chosen::Unknown), well);
        let refused = verdicts(&judge_answer(&answered(401, json!({})), true, Chosen::Profile("p1")));
        assert_eq!(refused, [("reached", Verdict::Good), ("sign-in", Verdict::Bad)]);
        let nobody = verdicts(&judge_answer(&answered(401, json!({})), false, Chosen::Profile("p1")));
        assert_eq!(nobody, [("reached", Verdict::Good)]);
        let odd = verdicts(&judge_answer(&answered(200, json!({})), true, Chosen::Profile("p1")));
        assert_eq!(odd, [("reached", Verdict::Good), ("sign-in", Verdict::Bad)]);
    }

    #[test]
    fn a_token_that_only_the_daemon_is_given_counts() {
        let judged = |daemons: Option<&str>| verdicts(&judge_token(&Ok(None), daemons))[0].1;
        assert_eq!(judged(None), Verdict::Bad);
        let credential = SecretOrigin::Credential("/run/credentials/d".into()).to_string();
        let setting = SecretOrigin::Settings("discovr.refresh_token").to_string();
        assert_eq!([judged(Some(&credential)), judged(Some(&setting))], [Verdict::Good; 2]);
        // What it found in a place that everybody sees is gone by now.
        let file = SecretOrigin::StateFile("/s/refresh-token".into()).to_string();
        assert_eq!([judged(Some(&file)), judged(Some("the desktop's keyring"))], [Verdict::Bad; 2]);
    }

    #[test]
    fn the_end_of_the_sign_in_is_told_in_time() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let in_days = |days: i64| Timestamp::from_second(1_700_000_000 + days * 86_400).unwrap();
        let judged = |days: Option<i64>, last_success_at| {
            let sign_in = SignIn { expires_at: days.map(in_days), ..SignIn::default() };
            judge_end(&sign_in, last_success_at, now).map(|finding| verdicts(&[finding])[0].1)
        };
        for (days, last_success_at, verdict) in [
            (None, None, None),
            (Some(60), None, Some(Verdict::Good)),
            (Some(13), None, Some(Verdict::Note)),
            (Some(-1), None, Some(Verdict::Bad)),
            (Some(-9), Some(in_days(-1)), None),
        ] {
            assert_eq!(judged(days, last_success_at), verdict, "{days:?}");
        }
    }

    #[test]
    fn the_end_is_told_of_no_token_but_the_one_that_login_kept() {
        let found = |origin| Ok(Some((SecretString::from("rt_1"), origin)));
        let file = || found(SecretOrigin::StateFile("/s/refresh-token".into()));
        assert!(is_of_login(&file(), None) && is_of_login(&found(SecretOrigin::Keyring), None));
        assert!(!is_of_login(&found(SecretOrigin::Settings("discovr.refresh_token")), None));
        assert!(!is_of_login(&found(SecretOrigin::Credential("/run/credentials/d".into())), None));
        assert!(!is_of_login(&Ok(None), Some("the setting discovr.refresh_token")));
        assert!(!is_of_login(&Err(SecretError::Empty { path: "/s/refresh-token".into() }), None));
    }
}
