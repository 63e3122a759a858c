//! Questions to somebody at a terminal.

use std::io::{self, BufRead, IsTerminal, Read};

use super::output::Output;

/// No answer is longer, in bytes.
const MAX_ANSWER: u64 = 4096;

/// Whether somebody is there to answer.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// One line in answer to `question`; `None` when the input ends.
pub(crate) fn ask(output: &mut Output, question: &str) -> io::Result<Option<String>> {
    output.print(question)?;
    let answer = read()?;
    if answer.is_none() {
        output.print("\n")?;
    }
    Ok(answer)
}

/// The same for somebody who may rather press Ctrl-C: other tasks go on meanwhile.
pub(crate) async fn ask_interruptibly(output: &mut Output, question: &str) -> io::Result<Option<String>> {
    output.print(question)?;
    let answer = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)??;
    if answer.is_none() {
        output.print("\n")?;
    }
    Ok(answer)
}

/// Whether the answer to `question` is yes.
pub(crate) fn agrees(output: &mut Output, question: &str) -> io::Result<bool> {
    let answer = ask(output, &format!("{question} [y/N] "))?;
    Ok(answer.is_some_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes")))
}

/// Whether the answer to `question`, which expects a yes, is not no.
pub(crate) async fn wants(output: &mut Output, question: &str) -> io::Result<bool> {
    let answer = ask_interruptibly(output, &format!("{question} [Y/n] ")).await?;
    Ok(answer.is_some_and(|answer| !answer.to_lowercase().starts_with('n')))
}

/// The terminal is left as it is, so that there is nothing to restore.
fn read() -> io::Result<Option<String>> {
    let mut answer = String::new();
    let read = io::stdin().lock().take(MAX_ANSWER).read_line(&mut answer)?;
    Ok((read > 0).then(|| answer.trim().to_owned()))
}
