//! Whether the settings and the user's own rules are right.

use std::path::Path;

use super::finding::{Finding, Group};
use crate::cli::context::Context;
use crate::config::{ConfigError, Loaded, Origin, Place};

const GROUP: Group = Group::Settings;

/// The settings in force, if they are right.
pub(super) async fn look(context: &Context) -> (Option<Loaded>, Vec<Finding>) {
    let (sender, loaded) = tokio::sync::oneshot::channel();
    let context = context.clone();
    let findings = GROUP
        .off_thread("config", move || {
            let loaded = context.load();
            let findings = judge(&loaded, context.config_file());
            // Nobody waiting for it any more is no loss.
            drop(sender.send(loaded.ok()));
            findings
        })
        .await;
    let mut loaded = loaded;
    (loaded.try_recv().ok().flatten(), findings)
}

fn judge(loaded: &Result<Loaded, ConfigError>, place: Option<&Path>) -> Vec<Finding> {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(ConfigError::Unreadable { path, why }) => {
            let finding = format!("{} cannot be read: {why}", path.display());
            return vec![GROUP.bad("config", finding, "or name another file with --config FILE")];
        }
        Err(ConfigError::Invalid(problems)) => {
            return problems
                .iter()
                .map(|problem| {
                    let place = match &problem.place {
                        Place::File { path, line, .. } => format!("{}, line {line}", path.display()),
                        Place::Variable(name) => format!("the variable {name}"),
                    };
                    let remedy = problem.hint.clone().unwrap_or_else(|| {
                        "correct that line; `discovr-scrobbler config check` shows it".to_owned()
                    });
                    GROUP.bad("config", format!("{place}: {}", problem.what), remedy)
                })
                .collect();
        }
    };
    let mut findings = vec![match (&loaded.origin, place) {
        (Origin::File(path), _) => GROUP.good("config", format!("{} is right", path.display())),
        (Origin::Defaults, Some(path)) => {
            GROUP.good("config", format!("there is no {}: the defaults are in force", path.display()))
        }
        (Origin::Defaults, None) => GROUP.good("config", "the defaults are in force"),
    }];
    if let Some(rules) = &loaded.rules_file {
        let are = if rules.count == 1 { "its rule is" } else { "its rules are" };
        let finding = format!("{} is right, and {are} in force ({})", rules.path.display(), rules.count);
        findings.push(GROUP.good("rules", finding));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;
    use crate::config::Problem;

    #[test]
    fn every_problem_is_named_with_its_line_and_what_to_do() {
        let place = |line| Place::File {
            path: "/c.toml".into(),
            line,
            column: 1,
            text: "a secret line".into(),
            width: 1,
        };
        let problems = vec![
            Problem { place: place(3), what: "no such key".into(), hint: Some("did you mean a?".into()) },
            Problem { place: Place::Variable("X__Y".into()), what: "wrong type".into(), hint: None },
        ];
        let found = judge(&Err(ConfigError::Invalid(problems)), None);
        let said: Vec<&str> = found.iter().map(|finding| finding.finding.as_str()).collect();
        assert_eq!(said, ["/c.toml, line 3: no such key", "the variable X__Y: wrong type"]);
        assert_eq!(found[0].remedy.as_deref(), Some("did you mean a?"));
        assert!(found.iter().all(|finding| finding.verdict == Verdict::Bad && finding.remedy.is_some()));
    }
}
