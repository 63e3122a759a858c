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
    let mut answer = String::new();
    let read = io::stdin().lock().take(MAX_ANSWER).read_line(&mut answer)?;
    if read == 0 {
        output.print("\n")?;
        return Ok(None);
    }
    Ok(Some(answer.trim().to_owned()))
}

/// Whether the answer to `question` is yes.
pub(crate) fn agrees(output: &mut Output, question: &str) -> io::Result<bool> {
    let answer = ask(output, &format!("{question} [y/N] "))?;
    Ok(answer.is_some_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes")))
}
