//! The main loop under clocks that are set by hand: the machine sleeps in the middle of play, and its clock is set.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::identification::Question;
use super::main_loop::{Happening, MainLoop};
use crate::clock::{Clock, Hand};
use crate::journal::{Journal, ViewingRow};
use crate::playback::{Settings, Tracker, ViewingId};
use crate::player::{
    Interface, Location, Media, Observation, PlayState, PlayerReport, Position, Rate, Source, SourceId,
};

/// 45 minutes: completed after 36.
const LENGTH: Duration = Duration::from_secs(2_700);
const MINUTE: Duration = Duration::from_secs(60);

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start().saturating_add(SignedDuration::from_secs(seconds)).unwrap()
}

/// A daemon's main loop, and a film that plays on its own.
struct Scene {
    main: MainLoop,
    hand: Hand,
    source: Arc<Source>,
    position: Duration,
    _questions: mpsc::UnboundedReceiver<Question>,
    _folder: TempDir,
}

impl Scene {
    async fn playing() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let hand = Hand::at(start());
        let mut number = 0;
        let tracker = Tracker::new(Settings::default(), move || {
            number += 1;
            ViewingId(Uuid::from_u64_pair(0, number))
        });
        let (questions, asked) = mpsc::unbounded_channel();
        let clock = Clock::by_hand(&hand);
        let main = MainLoop::new(clock, tracker, journal, questions);
        let source = Source {
            id: SourceId(1),
            interface: Interface::MpvIpc,
            player: "mpv".into(),
            pid: None,
            parent: None,
        };
        let mut scene = Self {
            main,
            hand,
            source: Arc::new(source),
            position: Duration::ZERO,
            _questions: asked,
            _folder: folder,
        };
        scene.says(Duration::ZERO).await;
        scene
    }

    /// The player says where it is.
    async fn says(&mut self, position: Duration) {
        self.position = position;
        let media =
            Media { video: Some(true), ..Media::at(Location::File(PathBuf::from("/videos/film.mkv"))) };
        let observation = Observation {
            source: Arc::clone(&self.source),
            at: self.main.clock.now().moment,
            state: PlayState::Playing,
            position: Some(Position::new(position)),
            rate: Rate::NORMAL,
            duration: Some(LENGTH),
            media: Some(Arc::new(media)),
            ended: false,
        };
        self.main.handle(Happening::Report(PlayerReport::Observed(observation))).await;
    }

    /// Time passes, the player says where it is once a minute.
    async fn pass(&mut self, time: Duration) {
        for _ in 0..time.as_secs() / 60 {
            self.pass_quietly(MINUTE).await;
            self.says(self.position + MINUTE).await;
        }
    }

    /// Time passes, with every deadline in it.
    async fn pass_quietly(&mut self, time: Duration) {
        let until = self.main.clock.now().moment.after(time);
        while let Some(at) = self.main.deadline().filter(|&at| at <= until) {
            tokio::time::advance(at.since(self.main.clock.now().moment)).await;
            self.main.handle(Happening::Deadline).await;
        }
        tokio::time::advance(until.since(self.main.clock.now().moment)).await;
    }

    async fn kept(&self) -> ViewingRow {
        self.main.journal.viewings(1).await.unwrap().remove(0)
    }
}

#[tokio::test(start_paused = true)]
async fn time_asleep_is_not_watched_and_the_completion_has_its_true_time() {
    let mut scene = Scene::playing().await;
    scene.pass(30 * MINUTE).await;
    scene.hand.sleep(480 * MINUTE);
    // The player stood still, too.
    scene.says(30 * MINUTE).await;
    scene.pass(5 * MINUTE).await;
    assert_eq!(scene.kept().await.viewing.completed_at(), None);
    scene.pass(2 * MINUTE).await;
    let viewing = scene.kept().await.viewing;
    assert_eq!(viewing.completed_at(), Some(after((480 + 36) * 60)));
    assert!(viewing.ranges.total() <= 37 * MINUTE, "{:?}", viewing.ranges);
}

#[tokio::test(start_paused = true)]
async fn a_position_that_went_on_while_the_machine_slept_is_a_seek_and_not_watched() {
    let mut scene = Scene::playing().await;
    scene.pass(10 * MINUTE).await;
    scene.hand.sleep(60 * MINUTE);
    scene.says(40 * MINUTE).await;
    scene.pass(MINUTE).await;
    let viewing = scene.kept().await.viewing;
    assert!(viewing.ranges.total() <= 11 * MINUTE, "{:?}", viewing.ranges);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_in_the_middle_of_play_is_right_in_all_that_is_kept() {
    for (set_after, by) in [(10, 7_200), (10, -7_200), (40, 7_200), (40, -1_700_000_000)] {
        let mut scene = Scene::playing().await;
        scene.pass(set_after * MINUTE).await;
        scene.hand.step(SignedDuration::from_secs(by));
        scene.main.handle(Happening::ClockSet).await;
        scene.pass((44 - set_after) * MINUTE).await;
        let viewing = scene.kept().await.viewing;
        assert_eq!(viewing.completed_at(), Some(after(36 * 60 + by)), "set by {by} after {set_after} min");
        assert_eq!(viewing.started_at, after(by), "set by {by} after {set_after} min");
        assert!(viewing.position_at >= after(40 * 60 + by), "set by {by} after {set_after} min");
        assert!(viewing.ranges.total() <= 44 * MINUTE);
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_and_a_sleep_at_once_are_told_apart() {
    let mut scene = Scene::playing().await;
    scene.pass(30 * MINUTE).await;
    scene.hand.sleep(480 * MINUTE);
    scene.hand.step(SignedDuration::from_hours(-3));
    scene.main.handle(Happening::ClockSet).await;
    scene.pass(10 * MINUTE).await;
    let completed = scene.kept().await.viewing.completed_at();
    assert_eq!(completed, Some(after((480 + 36 - 180) * 60)));
    // The service knows that the clock was right before.
    let clock = scene.main.clock.clone();
    clock.heard(clock.now().wall, clock.now().wall);
    scene.main.handle(Happening::ClockSet).await;
    let completed = scene.kept().await.viewing.completed_at().unwrap();
    assert!(
        completed.duration_since(after((480 + 36) * 60)).abs() < SignedDuration::from_secs(1),
        "{completed}"
    );
}
