//! The plan, for people.

use super::plan::{Plan, PlannedViewing};
use crate::cli::context::Context;
use crate::cli::output::Output;
use crate::cli::teaching::in_toml;
use crate::cli::text::{line, local};
use crate::cli::titles::{held_because, with_episodes};
use crate::config::Loaded;
use crate::identify::Identification;
use crate::import::Trouble;

pub(super) fn text(plan: &Plan, context: &Context, loaded: &Loaded, output: &Output) -> String {
    let mut text = String::from("What trakt-scrobbler has left:\n");
    text.push_str(&output.rows(2, plan.files.iter().map(|file| vec![file.display().to_string()])));
    let head = |text: &str| output.paint(output.styles().head, text);
    if !plan.viewings.is_empty() {
        let whom = match plan.services.as_slice() {
            [] => "kept here only, for no service is enabled".to_owned(),
            services => format!("for {}", services.join(" and ")),
        };
        let count = plan.viewings.len();
        text.push_str(&format!("\n{}\n", head(&format!("Watched and not sent yet ({count}), {whom}"))));
        text.push_str(&output.rows(2, plan.viewings.iter().map(row)));
    }
    if !plan.rules.is_empty() {
        let file = context.rules_file().unwrap_or_default();
        let file = line(&file.display().to_string());
        text.push_str(&format!("\n{}\n", head(&format!("Rules ({}), for {file}", plan.rules.len()))));
        for planned in &plan.rules {
            text.push_str(&format!("\n  # {}\n{}", planned.note(), in_toml(&planned.rule)));
        }
    }
    if plan.has_paths() {
        let file = line(&context.config_file().unwrap_or(std::path::Path::new("")).display().to_string());
        text.push_str(&format!("\n{}\n", head(&format!("Paths, for {file}"))));
        let rows = |name: &'static str, globs: &[String]| {
            globs.iter().map(|glob| vec![name.to_owned(), glob.clone()]).collect::<Vec<_>>()
        };
        let mut all = rows("only", &plan.paths.only);
        all.extend(rows("ignore", &plan.paths.ignore));
        text.push_str(&output.rows(2, all));
        if !plan.paths.only.is_empty() && loaded.settings.paths.only.is_empty() {
            text.push_str("  From then on, nothing is reported but what lies there.\n");
        }
    }
    if !plan.not_taken.is_empty() {
        let count = plan.not_taken.len();
        text.push_str(&format!("\n{}\n", head(&format!("Not taken over ({count})"))));
        plan.not_taken.iter().for_each(|trouble| text.push_str(&left(trouble)));
    }
    let already = [
        (plan.already.viewings, "viewing", "viewings"),
        (plan.already.rules, "rule", "rules"),
        (plan.already.paths, "path", "paths"),
    ];
    let already: Vec<String> = already
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if !already.is_empty() {
        text.push_str(&format!("\nHere already: {}.\n", already.join(", ")));
    }
    text.push('\n');
    text
}

fn row(planned: &PlannedViewing) -> Vec<String> {
    let (name, what) = match &planned.identification {
        Identification::Known(known) => (with_episodes(&known.label, &known.identity), String::new()),
        Identification::Held { reason, .. } => {
            (planned.entry.name(), format!("held: {}", held_because(reason)))
        }
    };
    vec![local(planned.entry.at), name, what]
}

fn left(trouble: &Trouble) -> String {
    let file = trouble.file.file_name().unwrap_or_default().to_string_lossy();
    let hint = trouble.hint.as_deref().map(|hint| format!("    {}\n", line(hint))).unwrap_or_default();
    format!("  {}, {}: {}\n{hint}", line(&file), line(&trouble.entry), line(&trouble.why))
}
