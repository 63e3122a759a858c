//! What the user sees of a sign-in: the code, the way to approve it, and how the waiting goes.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::output::Output;
use super::qr;
use super::signing_in::ByCode;
use super::text::{clock, line, roughly};
use crate::keyring::SignInTo;
use crate::service::{Approval, DeviceCode, Pace, Progress, wait_for_approval};

/// How often the countdown moves.
const TICK: Duration = Duration::from_millis(250);
const SPINNER: [char; 8] = ['⣾', '⣽', '⣻', '⢿', '⡿', '⣟', '⣯', '⣷'];

/// Shows the code and the way to approve it; on a terminal large, and with the QR code unless that is not wanted.
pub(crate) fn show_code(
    output: &mut Output,
    sign_in: SignInTo,
    code: &DeviceCode,
    with_qr: bool,
) -> io::Result<()> {
    let shown = line(&code.user_code);
    let with_it = match sign_in {
        SignInTo::Discovr => "approve",
        // Its address does not hold the code.
        SignInTo::Trakt => "type in",
    };
    let Some(width) = output.width() else {
        let mut text = match &code.link {
            Some(link) => format!("Open this address and {with_it} the code {shown}:\n{link}\n"),
            None => format!("{NO_LINK} {shown}\n"),
        };
        text.push_str(&format!("The code is good for {}.\n", roughly(code.life)));
        return output.print(&text);
    };
    let head = output.styles().head;
    let qr = code.link.as_ref().filter(|_| with_qr).and_then(|link| qr::drawn(link.as_str(), width));
    let mut text = String::from("\n");
    match &code.link {
        Some(link) => {
            let or_scan = if qr.is_some() { ", or scan the picture below" } else { "" };
            text.push_str(&format!(
                "Open this address{or_scan}:\n\n    {}\n",
                output.paint(head, link.as_str())
            ));
            text.push_str(&format!("\nand {with_it} this code:\n\n"));
        }
        None => text.push_str(&format!("{NO_LINK}\n\n")),
    }
    let spaced = shown.chars().map(String::from).collect::<Vec<_>>().join(" ");
    let rule = "─".repeat(spaced.chars().count() + 6);
    text.push_str(&format!("    ┌{rule}┐\n    │   {}   │\n    └{rule}┘\n\n", output.paint(head, &spaced)));
    output.print(&text)?;
    if let Some(qr) = qr {
        output.print_as_is(&qr)?;
        output.print("\n")?;
    }
    Ok(())
}

const NO_LINK: &str = "Open Discovr in a browser or its app, choose to connect a device, and type this code:";

/// Waits for the approval of `code`: with a spinner and a countdown on a terminal, with a line per change elsewhere.
pub(crate) async fn wait<S: ByCode>(
    output: &mut Output,
    service: &mut S,
    code: &DeviceCode,
) -> Approval<S::Grant> {
    let (begun, on_terminal) = (Instant::now(), output.is_terminal());
    let progress = RefCell::new(Progress::Waiting);
    let output = RefCell::new(output);
    let waiting = wait_for_approval(
        async || service.poll(code).await,
        code,
        Pace::of(code),
        |now| {
            if !on_terminal {
                // What cannot be written here fails when the outcome is written.
                let _ = output.borrow_mut().print(&format!("{}\n", said(S::SIGN_IN, now)));
            }
            progress.replace(now.clone());
        },
    );
    let ticking = async {
        for spinner in SPINNER.into_iter().cycle() {
            if on_terminal {
                let left = clock(code.life.saturating_sub(begun.elapsed()));
                let text = format!("{spinner} {left} left, {}", said(S::SIGN_IN, &progress.borrow()));
                output.borrow_mut().waiting(&text);
            }
            tokio::time::sleep(TICK).await;
        }
    };
    let approval = tokio::select! {
        approval = waiting => approval,
        () = ticking, if on_terminal => Approval::TimedOut,
    };
    output.borrow_mut().progress_done();
    approval
}

fn said(sign_in: SignInTo, progress: &Progress) -> String {
    match progress {
        Progress::Waiting => "waiting for your approval".to_owned(),
        Progress::Slower => format!("still waiting: {} wants to be asked less often", sign_in.name()),
        Progress::Unclear { why } => format!("still waiting: {}", line(why)),
    }
}
