//! One connection to one mpv. The task that reads never waits for anything else: a client that does not read
//! makes mpv spin (players reference, section 1).

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tracing::debug;

use super::kernel;
use super::lines::Lines;
use super::model::Model;
use super::outbox::Outbox;
use super::protocol;
use crate::player::{PlayerReport, Source, WatcherContext};

/// Follows mpv until the stream ends, and reports that it is gone if it was ever observed.
pub(crate) async fn follow(stream: UnixStream, source: Arc<Source>, context: WatcherContext) {
    let outbox = Outbox::default();
    let reading = async {
        read(stream, Arc::clone(&source), &context, &outbox).await;
        let at = context.clock.now().moment;
        outbox.close();
        at
    };
    let sending = async {
        let mut observed = false;
        while let Some(observation) = outbox.next().await {
            observed = true;
            // The daemon is ending if nobody listens.
            let _ = context.reports.send(PlayerReport::Observed(observation)).await;
        }
        observed
    };
    let (at, observed) = tokio::join!(reading, sending);
    debug!(pid = source.pid, "an mpv is gone");
    if observed {
        let _ = context.reports.send(PlayerReport::Gone { source, at }).await;
    }
}

/// Reads until the end of the stream. What is to be written waits here and never keeps the reading up.
async fn read(mut stream: UnixStream, source: Arc<Source>, context: &WatcherContext, outbox: &Outbox) {
    let pid = source.pid;
    let now = || context.clock.now().moment;
    let mut model = Model::new(source, pid.and_then(kernel::folder_of), now());
    let mut lines = Lines::default();
    let mut buffer = vec![0; 16 * 1024];
    let mut to_write = protocol::observe_all();
    let (mut reader, mut writer) = stream.split();
    loop {
        if to_write.is_empty()
            && let Some(questions) = model.questions(now())
        {
            to_write = questions;
        }
        let deadline = model.deadline().filter(|_| to_write.is_empty() || model.is_waiting());
        let wake = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(context.clock.instant(at)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            read = reader.read(&mut buffer) => match read {
                Ok(0) => return,
                Ok(count) => {
                    let at = now();
                    lines.feed(&buffer[..count], |line| {
                        if let Some(observation) = model.hear(line, at) {
                            outbox.put(observation);
                        }
                    });
                    // A flood of lines is always ready to be read; others want to run too.
                    tokio::task::yield_now().await;
                }
                Err(error) => {
                    debug!(pid, %error, "the connection to an mpv broke");
                    return;
                }
            },
            written = writer.write(&to_write), if !to_write.is_empty() => match written {
                Ok(count) => {
                    to_write.drain(..count);
                }
                Err(error) => {
                    debug!(pid, %error, "the connection to an mpv broke");
                    return;
                }
            },
            () = wake => {
                if let Some(observation) = model.give_up(now()) {
                    outbox.put(observation);
                }
            }
        }
    }
}
