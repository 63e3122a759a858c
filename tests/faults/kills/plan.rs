//! What is played, how the service fails, and when the daemon is killed: all of it follows from the seed.

use std::time::Duration;

use discovr_scrobbler_support::discovr::Fault;

use super::draw::Draw;

/// How long a call is kept waiting that is to be cut off by a kill.
const HELD: Duration = Duration::from_secs(20);

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    Film,
    Episode,
    /// Two episodes in one file.
    TwoEpisodes,
}

/// One thing that is watched, once or twice, and every kill meanwhile.
#[derive(Debug, Clone)]
pub(super) struct Round {
    pub(super) show: Show,
    /// Kills of a daemon that has just been started, before anything is played.
    pub(super) opening: Vec<Kill>,
    /// Where mpv begins, in percent of the way to where the first kill at a completion may be.
    pub(super) start: u64,
    /// For each of its episodes.
    pub(super) stages: Vec<Stage>,
    /// Whether the daemon is missing for so long that it must not count: then there is one stage, which goes no further.
    pub(super) is_missed: bool,
    /// The same is watched again, a real second viewing, with these kills.
    pub(super) again: Option<Stage>,
    /// After mpv was quit.
    pub(super) ending: Option<Kill>,
    /// How long the service hides a new entry.
    pub(super) hidden: Duration,
}

/// Up to and beyond one completion.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) play: Vec<PlayKill>,
    /// None: a daemon is there all the time, and the time must be that of the threshold itself.
    pub(super) completion: Vec<CompletionKill>,
    /// At calls about the history.
    pub(super) delivery: Vec<Kill>,
    /// What the service does to the entry where no kill interferes.
    pub(super) fault: Option<Fault>,
}

/// A kill, and for how many milliseconds there is no daemon after it.
#[derive(Debug, Clone)]
pub(super) struct Kill {
    pub(super) at: When,
    pub(super) away: u64,
}

#[derive(Debug, Clone)]
pub(super) enum When {
    /// So many milliseconds after the program was started.
    Starting(u64),
    /// So many milliseconds after the daemon said that it was ready.
    Ready(u64),
    /// When the journal is written for the given time since the daemon was started.
    Writing(u64),
    /// So many milliseconds after the service has the next call, which gets so far.
    Call { cut: Cut, delay: u64 },
}

/// A kill while something is played.
#[derive(Debug, Clone)]
pub(super) struct PlayKill {
    pub(super) gesture: Gesture,
    pub(super) kill: Kill,
}

/// What the user does before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gesture {
    Nothing,
    /// Pauses, and goes on without a daemon.
    Pauses,
    /// Goes back a little.
    GoesBack,
}

/// A kill around the instant of a completion.
#[derive(Debug, Clone)]
pub(super) struct CompletionKill {
    /// So many milliseconds after the threshold.
    pub(super) after: i64,
    pub(super) kill: Kill,
}

/// How far the service gets with a call whose caller is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// It never does it.
    Before,
    /// It does it so many milliseconds later.
    Late(u64),
    /// It does it and does not answer in time.
    After,
    /// It does it and answers.
    Answered,
}

impl Cut {
    /// What keeps the caller waiting.
    pub(super) fn fault(self) -> Option<Fault> {
        match self {
            Self::Before | Self::Late(_) => Some(Fault::Stall(HELD)),
            Self::After => Some(Fault::StallAfter(HELD)),
            Self::Answered => None,
        }
    }
}

impl Round {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        let is_missed = draw.happens(12);
        let show = if is_missed {
            Show::Episode
        } else {
            draw.one_of(&[Show::Film, Show::Episode, Show::TwoEpisodes])
        };
        let stages = if show == Show::TwoEpisodes { 2 } else { 1 };
        Self {
            show,
            opening: draw.some(0..=4, |draw| Kill { at: When::Starting(draw.within(0..=60)), away: 0 }),
            start: draw.within(30..=80),
            stages: (0..stages).map(|_| Stage::draw(draw)).collect(),
            is_missed,
            again: (show == Show::Film && !is_missed && draw.happens(40)).then(|| Stage::draw(draw)),
            ending: draw.happens(50).then(|| Kill::draw(draw, 60)),
            hidden: Duration::from_millis(draw.one_of(&[0, 0, 1500, 4000])),
        }
    }
}

impl Stage {
    fn draw(draw: &mut Draw) -> Self {
        let delivery = draw.some(0..=6, Kill::at_a_call);
        let calm = draw.happens(25);
        let fault = || {
            [Fault::HangupAfter, Fault::Hangup, Fault::StatusAfter(500), Fault::HalfAnswer, Fault::Garbage]
        };
        Self {
            play: draw.some(2..=7, PlayKill::draw),
            completion: draw.some(if calm { 0..=0 } else { 1..=5 }, |draw| CompletionKill {
                after: i64::try_from(draw.within(0..=260)).expect("it is small") - 80,
                kill: Kill::draw(draw, 120),
            }),
            fault: (delivery.is_empty() && draw.happens(60)).then(|| draw.one_of(&fault())),
            delivery,
        }
    }
}

impl Kill {
    /// At the latest `most` milliseconds after the daemon was ready.
    fn draw(draw: &mut Draw, most: u64) -> Self {
        let at = match draw.within(1..=10) {
            1..=3 => When::Starting(draw.within(0..=60)),
            4..=7 => When::Ready(draw.within(0..=most)),
            _ => When::Writing(draw.within(200..=400)),
        };
        Self { at, away: away(draw) }
    }

    fn at_a_call(draw: &mut Draw) -> Self {
        let late = Cut::Late(draw.within(0..=6000));
        let cut = draw.one_of(&[Cut::Before, late, Cut::After, Cut::After, Cut::Answered, Cut::Answered]);
        Self { at: When::Call { cut, delay: draw.within(0..=25) }, away: away(draw) }
    }
}

impl PlayKill {
    fn draw(draw: &mut Draw) -> Self {
        let kill = if draw.happens(20) { Kill::at_a_call(draw) } else { Kill::draw(draw, 500) };
        let gesture = draw.one_of(&[Gesture::Nothing, Gesture::Nothing, Gesture::Pauses, Gesture::GoesBack]);
        Self { gesture, kill }
    }
}

/// Mostly the daemon is back at once.
fn away(draw: &mut Draw) -> u64 {
    if draw.happens(70) { 0 } else { draw.within(20..=300) }
}
