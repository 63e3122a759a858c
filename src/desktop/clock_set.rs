//! The wall clock was set. The kernel says so through a timer that is far away and is cancelled then, also when the machine wakes:
//! nothing is asked for, and nothing wakes up, before.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// When the timer would ring, in seconds since 1970: in the year 2255.
const FAR_AWAY: i64 = 9_000_000_000;

/// Sends a word to `set` whenever the wall clock was set, until `cancel`. Without the kernel's word for it, it is noticed with
/// the next thing that happens.
pub async fn watch_clock(set: mpsc::Sender<()>, cancel: CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        ended = listen(&set) => {
            if let Err(error) = ended {
                debug!(%error, "nobody tells when the clock is set");
            }
        }
    }
}

async fn listen(set: &mpsc::Sender<()>) -> io::Result<()> {
    let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
    #[expect(deprecated, reason = "the other way is unsafe code; an OwnedFd is always the same descriptor")]
    let timer = AsyncFd::new(timerfd_create(TimerfdClockId::Realtime, flags)?)?;
    arm(timer.get_ref())?;
    loop {
        let mut ready = timer.readable().await?;
        match rustix::io::read(timer.get_ref(), &mut [0_u8; 8]) {
            Err(Errno::AGAIN) => ready.clear_ready(),
            Err(Errno::INTR) => {}
            Ok(_) | Err(Errno::CANCELED) => {
                ready.clear_ready();
                arm(timer.get_ref())?;
                // A word that waits already is enough.
                let _ = set.try_send(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn arm(timer: &OwnedFd) -> io::Result<()> {
    let at = |tv_sec| Timespec { tv_sec, tv_nsec: 0 };
    let never = Itimerspec { it_interval: at(0), it_value: at(FAR_AWAY) };
    timerfd_settime(timer, TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET, &never)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_nobody_sets_is_listened_to_in_silence_until_the_end() {
        let (set, mut was_set) = mpsc::channel(1);
        let cancel = CancellationToken::new();
        let watching = tokio::spawn(watch_clock(set, cancel.clone()));
        tokio::task::yield_now().await;
        assert!(!watching.is_finished(), "the kernel offers no such timer");
        cancel.cancel();
        watching.await.expect("it ends");
        assert!(was_set.try_recv().is_err());
    }
}
