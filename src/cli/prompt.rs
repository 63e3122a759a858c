//! Asking the user, where there is a terminal to ask on.

use std::io::{self, BufRead, IsTerminal, Read};

use super::output::Output;

/// The longest answer, in bytes.
const MAX_ANSWER: u64 = 4096;

/// Whether there is somebody to ask.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks for one line. `None` when there is no more input. The terminal is left as it is, so there is nothing to restore.
pub(crate) async fn ask(output: &mut Output, question: &str) -> io::Result<Option<String>> {
    output.print(question)?;
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        let read = io::stdin().lock().take(MAX_ANSWER).read_line(&mut answer)?;
        Ok((read > 0).then(|| answer.trim().to_owned()))
    });
    answer.await.map_err(io::Error::other)?
}

/// Asks a question that is answered with yes unless the user says no.
pub(crate) async fn agrees(output: &mut Output, question: &str) -> io::Result<bool> {
    let answer = ask(output, &format!("{question} [Y/n] ")).await?;
    Ok(answer.is_some_and(|answer| !answer.to_lowercase().starts_with('n')))
}
