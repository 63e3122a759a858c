//! `identify`: what files are taken for, and why.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::args::IdentifyArguments;
use super::context::Context;
use super::error::{CliError, Exit};
use super::output::Output;
use super::text::line;
use super::titles::{held_because, page, with_episodes};
use crate::daemon;
use crate::identify::{Evidence, EvidenceKind, Identification, MemoryCache, Subject};
use crate::playback::{self, NotAViewing};
use crate::player::{Location, Media};

#[derive(Debug, Serialize)]
struct Answer<'a> {
    file: &'a str,
    /// Why the daemon would not report it at all, if it would not.
    left_out: Option<String>,
    #[serde(flatten)]
    identification: &'a Identification,
}

pub(crate) async fn identify(
    context: &Context,
    arguments: &IdentifyArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let loaded = context.settings()?;
    let (identifier, warning) =
        daemon::identifier(&loaded.settings, &context.secret_places(), MemoryCache::default());
    if let Some(warning) = warning {
        output.complain(&format!("{} {}\n", output.paint(output.styles().warn, "warning:"), line(&warning)));
    }
    let filter = loaded.settings.for_playback(context.secret_places().home.as_deref());
    let mut answers = Vec::new();
    for (at, file) in arguments.files.iter().enumerate() {
        output.progress(at, arguments.files.len(), "looked up");
        let media = Media::at(location(file)?);
        let identification = identifier.identify(Subject { media: &media, duration: None }).await;
        let left_out = left_out(&filter, &media);
        answers.push((file.to_string_lossy().into_owned(), left_out, identification));
    }
    output.progress_done();
    if arguments.json {
        let answers: Vec<_> = answers
            .iter()
            .map(|(file, left_out, identification)| Answer {
                file,
                left_out: left_out.clone(),
                identification,
            })
            .collect();
        output.json(&answers, false)?;
    } else {
        let text: Vec<String> = answers
            .iter()
            .map(|(file, left_out, identification)| shown(file, left_out.as_deref(), identification, output))
            .collect();
        output.print(&text.join("\n"))?;
    }
    Ok(Exit::Done)
}

/// As a player would open it: an address, or a path that is relative to this folder.
fn location(file: &Path) -> Result<Location, CliError> {
    let text = file.to_string_lossy();
    let is_address = text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    match (is_address, text.strip_prefix("file://")) {
        (_, Some(_)) => {
            let encoded = file.as_os_str().as_bytes().get("file://".len()..).unwrap_or_default();
            let bytes: Vec<u8> = percent_encoding::percent_decode(encoded).collect();
            Ok(Location::File(std::ffi::OsStr::from_bytes(&bytes).into()))
        }
        (true, None) => Ok(Location::Url(text.into_owned())),
        (false, None) => Ok(Location::File(std::path::absolute(file)?)),
    }
}

/// Why a player's word would not be needed to leave it out.
fn left_out(settings: &playback::Settings, media: &Media) -> Option<String> {
    // Any player, and longer than any clip: only what the name itself decides is asked.
    match settings.admit("", media, Some(Duration::MAX)) {
        Err(reason @ (NotAViewing::IgnoredPath | NotAViewing::Audio)) => Some(reason.to_string()),
        _ => None,
    }
}

fn shown(file: &str, left_out: Option<&str>, identification: &Identification, output: &Output) -> String {
    let mut text = format!("{}\n", output.paint(output.styles().head, &line(file)));
    if let Some(reason) = left_out {
        text.push_str(&format!("  {} {reason}\n", output.paint(output.styles().warn, "left out")));
    }
    let evidence = match identification {
        Identification::Known(known) => {
            let name = line(&with_episodes(&known.label, &known.identity));
            text.push_str(&format!(
                "  is       {}, sure to {:.0} %: {}\n",
                output.paint(output.styles().good, &name),
                known.confidence.get() * 100.0,
                page(&known.identity),
            ));
            &known.evidence
        }
        Identification::Held { reason, label, evidence } => {
            text.push_str(&format!("  {}     {}\n", output.paint(output.styles().warn, "held"), line(label)));
            text.push_str(&format!("  why      {}\n", line(&held_because(reason))));
            evidence
        }
    };
    for (at, found) in evidence.iter().enumerate() {
        let head = if at == 0 { "because" } else { "" };
        text.push_str(&format!("  {head:<8} {}\n", line(&evidence_text(found))));
    }
    text
}

fn evidence_text(evidence: &Evidence) -> String {
    let kind = match evidence.kind {
        EvidenceKind::Matched => "your word",
        EvidenceKind::Rule => "your rule",
        EvidenceKind::NameId => "an id in the name",
        EvidenceKind::Nfo => "an NFO file",
        EvidenceKind::Plexmatch => "a .plexmatch file",
        EvidenceKind::Player => "the player",
        EvidenceKind::ReleaseName => "the release name",
        EvidenceKind::Tmdb => "TMDB",
    };
    format!("{kind}: {}", evidence.says)
}
