//! What happens in the demo, in order.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Discovr, Entry, PROFILE};
use discovr_scrobbler_support::wait::until;
use tokio::runtime::Handle;

use crate::film::Film;
use crate::screen::Screen;

const LIMIT: Duration = Duration::from_secs(60);

/// Plays the film and gives the history in the end.
pub(crate) fn tell(
    screen: &Screen,
    mut discovr: Discovr,
    videos: &Path,
    handle: &Handle,
) -> Result<Vec<Entry>, Box<dyn Error + Send + Sync>> {
    let mut shown = 0;
    let mut show = |discovr: &Discovr| {
        let calls = discovr.calls();
        calls.iter().skip(shown).for_each(|call| screen.call(call));
        shown = calls.len();
    };
    let mut wait = |what: &str, discovr: &Discovr, done: &mut dyn FnMut() -> bool| {
        until(what, LIMIT, || {
            show(discovr);
            done().then_some(())
        });
    };

    wait("the sign-in", &discovr, &mut || !discovr.calls().is_empty());
    let film = Film::play(videos, handle)?;
    screen.say("you", &format!("open \"{}\" in {}", film.name(), film.player()));

    wait("30 %", &discovr, &mut || film.progress() >= 30.0);
    film.pause(true);
    screen.say("you", &format!("pause at {:.0} % to get some tea", film.progress()));
    let told = discovr.calls().len();
    wait("the pause", &discovr, &mut || discovr.calls().len() > told);
    film.pause(false);
    screen.say("you", "go on watching");

    wait("70 %", &discovr, &mut || film.progress() >= 70.0);
    discovr.go_down();
    screen.say("network", "Discovr cannot be reached any more");
    wait("85 %", &discovr, &mut || film.progress() >= 86.0);
    let at = film.progress();
    film.quit();
    screen.say("you", &format!("close the player at {at:.0} %"));
    handle.block_on(discovr.come_up());
    screen.say("network", "Discovr is back");
    wait("the history entry", &discovr, &mut || !discovr.history(PROFILE).is_empty());
    wait("the last position", &discovr, &mut || {
        let last = discovr.calls_to("PATCH /profile/playback").pop();
        last.is_some_and(|call| call.body["progress"].as_f64().is_some_and(|progress| progress > 80.0))
    });
    show(&discovr);
    Ok(discovr.history(PROFILE))
}
