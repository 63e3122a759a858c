//! `identify`: what files are taken for, and why.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::args::IdentifyArguments;
use super::context::Context;
use super::error::{CliError, Exit};
use super::explained::explained;
use super::lookup::{Answers, identifier};
use super::output::Output;
use crate::identify::{EvidenceKind, Explanation, Identification, Subject};
use crate::journal::{Journal, JournalError};
use crate::playback::{self, NotAViewing};
use crate::player::{Location, Media};

/// What is said of one file.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) file: String,
    /// Why the daemon would not report it at all, if it would not.
    pub(crate) left_out: Option<String>,
    #[serde(flatten)]
    pub(crate) explanation: Explanation,
}

pub(crate) async fn identify(
    context: &Context,
    arguments: &IdentifyArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let loaded = context.settings_without_broken_rules(output)?;
    let journal = match context.open_journal() {
        Ok(journal) => Some(journal),
        Err(JournalError::Missing { .. }) => None,
        Err(error) => {
            // What a file is can be said without it.
            tracing::debug!(%error, "the journal is not used");
            None
        }
    };
    let answers = Answers::beside_daemon(context, journal.as_ref());
    let identifier = identifier(context, &loaded.settings, answers, arguments.offline, output);
    let filter = loaded.settings.for_playback(context.secret_places().home.as_deref());
    let mut answers = Vec::new();
    for (at, file) in arguments.files.iter().enumerate() {
        output.progress(at, arguments.files.len(), "looked up");
        let asked = asked(file)?;
        let subject = Subject { media: &asked.media, duration: arguments.duration };
        let mut explanation = identifier.explain(subject).await;
        if let Some(known) = matched(journal.as_ref(), &asked.media, arguments.duration).await {
            explanation.identification = known;
        }
        let left_out = if asked.is_title { None } else { left_out(&filter, &asked.media) };
        answers.push(Answer { file: file.to_string_lossy().into_owned(), left_out, explanation });
    }
    output.progress_done();
    if arguments.json {
        output.json(&answers, false)?;
    } else {
        let texts: Vec<String> =
            answers.iter().map(|answer| explained(answer, arguments.offline, output)).collect();
        output.print(&texts.join("\n"))?;
    }
    Ok(Exit::Done)
}

/// What was asked for, as a player would have loaded it.
struct Asked {
    media: Media,
    /// It is nothing but a name.
    is_title: bool,
}

/// An address, a path that is relative to this folder, or a title.
fn asked(file: &Path) -> Result<Asked, CliError> {
    let text = file.to_string_lossy();
    let is_address = text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let location = match (is_address, text.strip_prefix("file://")) {
        (_, Some(_)) => {
            let encoded = file.as_os_str().as_bytes().get("file://".len()..).unwrap_or_default();
            let bytes: Vec<u8> = percent_encoding::percent_decode(encoded).collect();
            Location::File(std::ffi::OsStr::from_bytes(&bytes).into())
        }
        (true, None) => Location::Url(text.into_owned()),
        (false, None) if !text.contains('/') && !file.exists() => {
            // This folder has nothing to do with it.
            let location = Location::File(PathBuf::from("/").join(file));
            return Ok(Asked { media: Media::at(location), is_title: true });
        }
        (false, None) => Location::File(std::path::absolute(file)?),
    };
    Ok(Asked { media: Media::at(location), is_title: false })
}

/// What the user has said of it with `match`.
async fn matched(
    journal: Option<&Journal>,
    media: &Media,
    duration: Option<Duration>,
) -> Option<Identification> {
    let key = media.key(duration);
    if !key.names_one_thing() {
        return None;
    }
    let known = journal?.known_identity(key).await;
    let known = known.inspect_err(|error| tracing::debug!(%error, "the journal is not used")).ok()??;
    let Identification::Known(found) = &known else { return None };
    found.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Matched).then_some(known)
}

/// Why a player's word would not be needed to leave it out.
fn left_out(settings: &playback::Settings, media: &Media) -> Option<String> {
    // Any player, and longer than any clip: only what the name itself decides is asked.
    match settings.admit("", media, Some(Duration::MAX)) {
        Err(reason @ (NotAViewing::IgnoredPath | NotAViewing::Audio)) => Some(reason.to_string()),
        _ => None,
    }
}
