//! Whether titles can be looked up.

use std::sync::Arc;

use super::finding::{Finding, Group, PATIENCE};
use super::reach::Service;
use crate::checkup::{Answered, Unreachable};
use crate::cli::context::Context;
use crate::config::{self, Loaded, SecretError, SecretOrigin};
use crate::identify::{Credential, tmdb_checkup};

const GROUP: Group = Group::Tmdb;
const SERVICE: Service = Service { group: GROUP, name: "TMDB", setting: "tmdb.api_url" };
const WHERE_FROM: &str =
    "copy the API read access token from https://www.themoviedb.org/settings/api into its place";

pub(super) async fn look(context: Arc<Context>, loaded: Arc<Loaded>, is_shut: bool) -> Vec<Finding> {
    let api_url = loaded.settings.tmdb.api_url.clone();
    let token =
        tokio::task::spawn_blocking(move || config::tmdb_token(&loaded.settings, &context.secret_places()));
    let Ok(Ok(token)) = tokio::time::timeout(PATIENCE, token).await else {
        return vec![GROUP.failed("token")];
    };
    let (credential, mut findings) = judge_token(&token);
    if is_shut && super::sign_in::is_of_state_folder(&token) {
        findings.clear();
    }
    let answer = tmdb_checkup(&api_url, credential.as_ref(), PATIENCE).await;
    findings.extend(judge_answer(&answer, credential.is_some()));
    findings
}

fn judge_token(
    token: &Result<Option<(secrecy::SecretString, SecretOrigin)>, SecretError>,
) -> (Option<Credential>, Vec<Finding>) {
    match token {
        Ok(Some((token, origin))) => match Credential::parse(token) {
            Ok(credential) => {
                (Some(credential), vec![GROUP.good("token", format!("the token is in {origin}"))])
            }
            Err(error) => {
                (None, vec![GROUP.bad("token", format!("the token in {origin}: {error}"), WHERE_FROM)])
            }
        },
        Ok(None) => {
            let finding = "there is no token: titles without an id in their name are held";
            let remedy = "put a token from https://www.themoviedb.org/settings/api into a file that only you can \
                          read, and name that in tmdb.token_file";
            (None, vec![GROUP.note("token", finding, remedy)])
        }
        Err(error) => (None, vec![super::sign_in::refused(GROUP, error)]),
    }
}

fn judge_answer(answer: &Result<Answered, Unreachable>, asked_with_token: bool) -> Vec<Finding> {
    let mut findings = vec![SERVICE.reached(answer, &[200, 401, 403])];
    if let Ok(answer) = answer
        && asked_with_token
    {
        match answer.status {
            200 => findings.push(GROUP.good("accepted", "TMDB accepts the token")),
            401 | 403 => findings.push(GROUP.bad("accepted", "TMDB refuses the token", WHERE_FROM)),
            _ => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;

    #[test]
    fn a_refused_token_is_told_from_a_service_in_trouble() {
        let verdicts = |status, with| {
            let found = judge_answer(&Ok(Answered { status, date: None, body: None }), with);
            found.iter().map(|finding| (finding.check, finding.verdict)).collect::<Vec<_>>()
        };
        assert_eq!(verdicts(200, true), [("reached", Verdict::Good), ("accepted", Verdict::Good)]);
        assert_eq!(verdicts(401, true), [("reached", Verdict::Good), ("accepted", Verdict::Bad)]);
        assert_eq!(verdicts(401, false), [("reached", Verdict::Good)]);
        assert_eq!(verdicts(502, true), [("reached", Verdict::Bad)]);
    }
}
