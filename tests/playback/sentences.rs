//! What the state machine promises, one sentence each.

use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use discovr_scrobbler::clock::Now;
use discovr_scrobbler::playback::{
    EventKind::*, Input, Kind, NotAViewing, NotFollowed, Progress, Settings, Thresholds,
};
use discovr_scrobbler::player::{Interface, Location, Media, Observation, PlayState, Position, Rate};
use discovr_scrobbler_support::report;
use jiff::Timestamp;

use crate::desk::{Desk, media, minutes, seconds};

const SHOW: &str = "/videos/Example.Show.S01E02.mkv";

fn at_percent(percent: u64) -> Duration {
    minutes(45) * u32::try_from(percent).expect("a percentage") / 100
}

#[test]
fn watching_to_the_end_is_started_progressed_completed_once_and_stopped() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(46));
    assert_eq!(desk.events.first().unwrap().kind, Started);
    assert_eq!(desk.events.last().unwrap().kind, Stopped);
    assert_eq!(desk.count(Completed), 1);
    assert_eq!(desk.count(Progressed), 44);
    let end = &desk.events.last().unwrap().viewing;
    assert_eq!((end.progress().get(), end.coverage().get()), (100.0, 100.0));
}

#[test]
fn completion_happens_at_the_computed_instant_and_not_at_the_next_reading() {
    let mut desk = Desk::new();
    let begin = desk.now().wall;
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(46));
    let completed = desk.events.iter().find(|event| event.kind == Completed).unwrap();
    assert_eq!(completed.at.wall.duration_since(begin).as_secs(), 36 * 60);
    assert_eq!(completed.viewing.completed_at(), Some(completed.at.wall));
}

#[test]
fn seeking_straight_to_ninety_percent_and_closing_is_no_completion_but_a_position() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(3));
    desk.seek(at_percent(90));
    desk.wait(seconds(5));
    desk.kill_player();
    desk.wait(seconds(5));
    assert_eq!(desk.kinds(), [Started, Sought, Stopped]);
    assert!(desk.events.last().unwrap().viewing.progress().get() >= 90.0);
}

#[test]
fn watching_some_and_then_jumping_past_the_threshold_is_no_completion_until_enough_is_played_there() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(10));
    desk.seek(at_percent(85));
    desk.wait(minutes(2));
    assert_eq!(desk.count(Completed), 0);
    desk.wait(minutes(1));
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn coming_back_beyond_the_threshold_after_a_jump_there_is_no_completion() {
    for comes_back in [
        (|desk| desk.restart_daemon()) as fn(&mut Desk),
        |desk| {
            desk.kill_player();
            desk.wait(minutes(1));
            desk.play(SHOW, at_percent(90));
        },
        |desk| {
            desk.stop();
            desk.restart_daemon();
            desk.play(SHOW, at_percent(90));
        },
    ] {
        let mut desk = Desk::new();
        desk.play(SHOW, Duration::ZERO);
        desk.wait(minutes(10));
        desk.seek(at_percent(90));
        desk.wait(seconds(3));
        comes_back(&mut desk);
        desk.wait(seconds(30));
        assert_eq!(desk.count(Completed), 0);
        desk.wait(minutes(3));
        assert_eq!(desk.count(Completed), 1);
    }
}

#[test]
fn watching_a_little_and_seeking_past_the_end_is_no_completion() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(3));
    desk.seek(minutes(46));
    desk.wait(minutes(1));
    assert_eq!(desk.count(Completed), 0);
    assert_eq!(desk.events.last().unwrap().kind, Stopped);
}

#[test]
fn watching_most_of_it_and_skipping_to_the_very_end_is_a_completion() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(at_percent(70));
    desk.seek(minutes(45));
    desk.wait(minutes(1));
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn watching_most_of_it_and_skipping_the_credits_to_the_end_of_file_is_a_completion() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(34));
    desk.seek(at_percent(99));
    desk.wait(minutes(1));
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn what_is_played_through_the_threshold_counts_however_shortly_before_it_was_begun() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(10));
    desk.seek(at_percent(76));
    // Past the threshold, and heard of there, but a few seconds are missing of what a viewing takes.
    desk.wait(seconds(122));
    desk.speak();
    assert_eq!(desk.count(Completed), 0);
    desk.wait(seconds(5));
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn watching_from_three_quarters_to_the_end_is_a_completion() {
    let mut desk = Desk::new();
    desk.play(SHOW, at_percent(75));
    desk.wait(minutes(12));
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn less_than_the_debounce_of_play_announces_nothing() {
    let mut desk = Desk::new();
    for name in ["/videos/a.mkv", "/videos/b.mkv", "/videos/c.mkv"] {
        desk.play(name, Duration::ZERO);
        desk.wait(Duration::from_millis(1500));
    }
    desk.stop();
    desk.wait(seconds(5));
    assert_eq!(desk.kinds(), []);
}

#[test]
fn pausing_for_a_blink_announces_nothing() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(10));
    desk.pause();
    desk.wait(Duration::from_millis(400));
    desk.resume();
    desk.wait(seconds(10));
    assert_eq!(desk.kinds(), [Started]);
}

#[test]
fn a_pause_that_lasts_is_told_once_and_so_is_going_on() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(10));
    desk.pause();
    desk.wait(minutes(600));
    desk.resume();
    desk.wait(seconds(10));
    assert_eq!(desk.kinds(), [Started, Paused, Resumed]);
    assert_eq!(desk.events[1].viewing.position, Position::new(seconds(10)));
}

#[test]
fn nothing_is_due_while_everything_is_paused() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(10));
    desk.pause();
    desk.wait(seconds(1));
    assert_eq!(desk.tracker.deadline(), None);
}

#[test]
fn a_burst_of_seeks_is_told_once_where_it_ends() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(10));
    for minute in 1..=10 {
        desk.seek(minutes(minute));
        desk.wait(Duration::from_millis(300));
    }
    desk.wait(seconds(3));
    assert_eq!(desk.kinds(), [Started, Sought]);
    assert!(desk.events[1].viewing.position >= Position::new(minutes(10)));
}

#[test]
fn the_same_media_after_a_night_in_another_player_is_the_same_viewing() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(20));
    desk.kill_player();
    desk.wait(minutes(600));
    desk.connect(Interface::Mpris, Some(777));
    desk.play(SHOW, minutes(20));
    desk.wait(minutes(26));
    assert_eq!(desk.count(Completed), 1);
    let first = desk.events.first().unwrap().viewing.id;
    assert!(desk.events.iter().all(|event| event.viewing.id == first));
}

#[test]
fn playing_on_late_after_completion_is_still_the_same_viewing() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(40));
    desk.kill_player();
    desk.wait(minutes(10));
    desk.play(SHOW, minutes(30));
    desk.wait(minutes(16));
    assert_eq!(desk.count(Completed), 1);
    let first = desk.events.first().unwrap().viewing.id;
    assert!(desk.events.iter().all(|event| event.viewing.id == first));
}

#[test]
fn starting_over_after_completion_is_a_second_viewing_and_a_second_completion() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(46));
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(46));
    assert_eq!(desk.count(Completed), 2);
    let completed: Vec<_> =
        desk.events.iter().filter(|event| event.kind == Completed).map(|event| event.viewing.id).collect();
    assert_ne!(completed[0], completed[1]);
}

#[test]
fn a_look_at_the_beginning_after_completion_is_no_second_viewing() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(40));
    desk.seek(Duration::ZERO);
    desk.wait(minutes(1));
    desk.seek(minutes(42));
    desk.wait(minutes(10));
    assert_eq!(desk.count(Completed), 1);
    assert_eq!(desk.count(Started), 1);
}

#[test]
fn looping_a_file_counts_each_time_through() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    for _ in 0..3 {
        desk.wait(minutes(45) - seconds(1));
        desk.seek(Duration::ZERO);
    }
    assert_eq!(desk.count(Completed), 3);
}

#[test]
fn keep_open_at_the_end_is_completed_and_paused_at_the_end() {
    let mut desk = Desk::new();
    desk.play(SHOW, at_percent(50));
    desk.wait(at_percent(50) - seconds(1));
    let end = Observation {
        state: PlayState::Paused,
        position: Some(Position::new(minutes(45))),
        ended: true,
        ..desk.observation(0)
    };
    desk.player.state = PlayState::Paused;
    desk.report(end);
    desk.wait(seconds(5));
    assert_eq!(desk.count(Completed), 1);
    assert_eq!(desk.events.last().unwrap().kind, Paused);
    assert_eq!(desk.events.last().unwrap().viewing.progress().get(), 100.0);
}

#[test]
fn a_zero_after_the_end_never_overwrites_the_last_position() {
    let mut desk = Desk::new();
    desk.play(SHOW, at_percent(50));
    desk.wait(minutes(20));
    let stopped =
        Observation { state: PlayState::Stopped, position: Some(Position::ZERO), ..desk.observation(0) };
    desk.player.state = PlayState::Stopped;
    desk.report(stopped);
    desk.wait(seconds(2));
    let last = desk.events.last().unwrap();
    assert_eq!(last.kind, Stopped);
    assert!(last.viewing.progress().get() > 90.0);
}

#[test]
fn stopped_and_playing_again_within_half_a_second_is_no_stop() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(10));
    desk.player.state = PlayState::Stopped;
    desk.speak();
    desk.wait(Duration::from_millis(200));
    desk.resume();
    desk.wait(seconds(10));
    assert_eq!(desk.kinds(), [Started]);
}

#[test]
fn a_position_that_moves_outranks_the_word_stopped() {
    let mut desk = Desk::new();
    // mpv-mpris before 1.1 after an idle: the file plays, the word stays.
    desk.player.says = Some(PlayState::Stopped);
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(46));
    assert_eq!(desk.count(Started), 1);
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn a_frozen_player_is_not_credited_with_hours() {
    let mut desk = Desk::new();
    desk.play(SHOW, at_percent(50));
    desk.wait(seconds(10));
    // It stops answering: no heartbeat is heard, only time passes.
    for _ in 0..600 {
        desk.now += seconds(60);
        desk.give(Input::Tick);
    }
    assert_eq!(desk.count(Completed), 0);
    assert!(desk.events.last().unwrap().viewing.coverage().get() < 5.0);
}

#[test]
fn a_position_that_stands_still_while_playing_is_not_time_watched() {
    let mut desk = Desk::new();
    desk.play(SHOW, at_percent(70));
    desk.wait(seconds(5));
    let still = desk.observation(0);
    for _ in 0..60 {
        desk.now += seconds(30);
        let at = desk.now().moment;
        desk.report(Observation { at, ..still.clone() });
    }
    assert_eq!(desk.count(Completed), 0);
}

#[test]
fn buffering_at_rate_zero_is_neither_pause_nor_play() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(10));
    let position = desk.player.position;
    let buffering = Observation { rate: Rate::ZERO, ..desk.observation(0) };
    desk.player.rate = 0.0;
    desk.report(buffering);
    desk.wait(minutes(5));
    assert_eq!(desk.kinds(), [Started]);
    assert_eq!(desk.player.position, position);
    assert_eq!(
        desk.tracker.sittings(desk.now())[0].viewing.as_ref().unwrap().position,
        Position::new(position)
    );
}

#[test]
fn twins_of_one_process_are_one_viewing_and_the_other_takes_over() {
    let mut desk = Desk::new();
    desk.connect(Interface::Mpris, Some(100));
    desk.connect(Interface::MpvIpc, Some(100));
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(10));
    desk.disconnect(1);
    desk.wait(minutes(36));
    assert_eq!(desk.count(Started), 1);
    assert_eq!(desk.count(Completed), 1);
    assert_eq!(desk.count(Stopped), 1);
    assert_eq!(desk.count(Sought), 0);
}

#[test]
fn a_twin_is_shown_as_one_and_not_followed() {
    let mut desk = Desk::new();
    desk.connect(Interface::Mpris, Some(100));
    desk.connect(Interface::MpvIpc, Some(100));
    desk.play(SHOW, Duration::ZERO);
    let players = desk.tracker.players();
    assert_eq!(players.len(), 2);
    let of = |interface| players.iter().find(|player| player.interface == interface).unwrap().not_followed;
    assert_eq!(of(Interface::Mpris), Some(NotFollowed::Twin));
    assert_eq!(of(Interface::MpvIpc), None);
}

#[test]
fn two_interfaces_whose_pids_are_hidden_are_one_viewing_by_file_and_position() {
    let mut desk = Desk::new();
    desk.connect(Interface::Mpris, None);
    desk.connect(Interface::MpvIpc, Some(100));
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(46));
    assert_eq!(desk.count(Started), 1);
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn the_daemon_killed_in_the_middle_continues_the_same_viewing() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(20));
    desk.restart_daemon();
    desk.wait(minutes(26));
    assert_eq!(desk.count(Completed), 1);
    let first = desk.events.first().unwrap().viewing.id;
    assert!(desk.events.iter().all(|event| event.viewing.id == first));
}

#[test]
fn time_asleep_is_not_time_watched_and_the_completion_has_the_wall_time_after_it() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(30));
    let before = desk.now().wall;
    desk.sleep(minutes(480));
    desk.wait(minutes(5));
    assert_eq!(desk.count(Completed), 0);
    desk.wait(minutes(2));
    let completed = desk.events.iter().find(|event| event.kind == Completed).unwrap();
    assert!(completed.at.wall.duration_since(before).as_secs() > 480 * 60);
    report::held("time", "the machine sleeps in the middle of play", &[]);
}

#[test]
fn what_was_completed_while_the_machine_fell_asleep_is_dated_before_the_sleep() {
    let mut desk = Desk::new();
    let begin = desk.now().wall;
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(36) - Duration::from_secs(1));
    assert_eq!(desk.count(Completed), 0);
    desk.fall_asleep(Duration::from_secs(2), minutes(480));
    desk.wait(Duration::from_secs(1));
    let completed = desk.events.iter().find(|event| event.kind == Completed).unwrap();
    assert_eq!(completed.at.wall.duration_since(begin).as_secs(), 36 * 60);
    assert_eq!(completed.viewing.completed_at(), Some(completed.at.wall));
    // What comes after it is dated after it.
    desk.wait(minutes(2));
    let last = desk.events.last().unwrap();
    assert!(last.at.wall.duration_since(begin).as_secs() > 480 * 60, "{last:?}");
    report::held("time", "the machine falls asleep right after the completion", &[]);
}

#[test]
fn what_is_due_after_the_sleep_is_dated_after_it_however_short_the_way() {
    let mut desk = Desk::new();
    let begin = desk.now().wall;
    desk.play(SHOW, Duration::ZERO);
    desk.wait(minutes(36) - Duration::from_millis(500));
    desk.sleep(minutes(480));
    desk.wait(Duration::from_secs(1));
    let completed = desk.events.iter().find(|event| event.kind == Completed).unwrap();
    assert_eq!(completed.at.wall.duration_since(begin).as_secs(), 516 * 60);
}

#[test]
fn rates_up_to_a_hundred_are_watched_like_any_other() {
    let mut desk = Desk::new();
    desk.player.rate = 100.0;
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(30));
    assert_eq!(desk.kinds(), [Started, Completed, Stopped]);
}

#[test]
fn thresholds_follow_the_kind_once_it_is_known() {
    let settings = Settings {
        completed: Thresholds { movie: Progress::percent(95.0), ..Thresholds::default() },
        ..Settings::default()
    };
    let mut desk = Desk::with(settings);
    desk.play(SHOW, at_percent(50));
    desk.wait(minutes(1));
    let viewing = desk.events[0].viewing.id;
    desk.give(Input::Work { viewing, kind: Some(Kind::Movie), parts: NonZeroU8::MIN });
    desk.wait(at_percent(40));
    assert_eq!(desk.count(Completed), 0);
    desk.wait(at_percent(8));
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn a_length_that_keeps_growing_is_a_live_stream() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    for _ in 0..10 {
        desk.player.duration += seconds(1);
        desk.speak();
        desk.wait(Duration::from_millis(100));
    }
    desk.wait(minutes(5));
    assert_eq!(desk.kinds(), []);
    let not_followed = desk.tracker.players()[0].not_followed;
    assert_eq!(not_followed, Some(NotFollowed::NotAViewing(NotAViewing::Live)));
}

#[test]
fn two_things_of_one_name_are_two_viewings_and_each_is_found_again() {
    let titled = Media { title: Some("Pilot".into()), ..Media::at(Location::Unknown) };
    let disc = Media { video: Some(true), ..Media::at(Location::Url("dvd://".into())) };
    for media in [Arc::new(titled), Arc::new(disc)] {
        let mut desk = Desk::new();
        desk.play_media(Arc::clone(&media), Duration::ZERO);
        desk.wait(minutes(20));
        desk.stop();
        desk.player.duration = minutes(50);
        desk.play_media(Arc::clone(&media), Duration::ZERO);
        desk.wait(minutes(20));
        // Without a word in between, as in a playlist.
        desk.player.duration = minutes(55);
        desk.play_media(Arc::clone(&media), Duration::ZERO);
        desk.wait(minutes(20));
        desk.kill_player();
        desk.wait(minutes(600));
        desk.player.duration = minutes(45);
        desk.play_media(media, minutes(20));
        desk.wait(minutes(25));
        let started: Vec<_> = desk.events.iter().filter(|event| event.kind == Started).collect();
        let ids: Vec<_> = started.iter().map(|event| event.viewing.id).collect();
        assert_eq!(ids.len(), 4);
        assert_eq!(ids[0], ids[3]);
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
        let completed: Vec<_> = desk.events.iter().filter(|event| event.kind == Completed).collect();
        assert_eq!(completed.iter().map(|event| event.viewing.id).collect::<Vec<_>>(), [ids[0]]);
    }
}

#[test]
fn two_interfaces_to_a_disc_are_one_viewing_however_they_round() {
    let disc = Arc::new(Media { video: Some(true), ..Media::at(Location::Url("dvd://".into())) });
    let mut desk = Desk::new();
    desk.connect(Interface::MpvIpc, None);
    desk.connect(Interface::Mpris, None);
    desk.play_media(disc, Duration::ZERO);
    let rounded = Some(minutes(45) + Duration::from_millis(300));
    for _ in 0..46 {
        desk.report(Observation { duration: rounded, ..desk.observation(1) });
        desk.wait(seconds(59));
        if desk.player.media.is_none() {
            break;
        }
    }
    assert_eq!((desk.count(Started), desk.count(Completed), desk.count(Stopped)), (1, 1, 1));
}

#[test]
fn a_length_that_keeps_growing_is_a_live_stream_at_any_address() {
    let camera = Arc::new(Media { video: Some(true), ..Media::at(Location::Url("rtsp://camera/".into())) });
    let mut desk = Desk::new();
    desk.play_media(camera, Duration::ZERO);
    for _ in 0..10 {
        desk.player.duration += seconds(1);
        desk.wait(seconds(1));
        desk.speak();
    }
    desk.wait(minutes(5));
    assert_eq!(desk.kinds(), []);
}

#[test]
fn a_length_that_arrives_late_is_waited_for() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.stop();
    desk.player.media = Some(media("/videos/Late.mkv"));
    desk.player.state = PlayState::Playing;
    desk.report(Observation { duration: None, ..desk.observation(0) });
    desk.wait(seconds(1));
    desk.speak();
    desk.wait(seconds(10));
    assert_eq!(desk.kinds(), [Started]);
}

#[test]
fn what_is_not_a_viewing_says_why() {
    let settings = Settings::default();
    let film = media("/videos/film.mkv");
    let audio = Media { video: Some(false), ..(*film).clone() };
    let live = Media { live: true, ..(*film).clone() };
    let long = Some(minutes(45));
    for (verdict, media, duration) in [
        (Ok(minutes(45)), &*film, long),
        (Err(NotAViewing::NoDuration), &*film, None),
        (Err(NotAViewing::NoDuration), &*film, Some(Duration::ZERO)),
        (Err(NotAViewing::TooShort), &*film, Some(minutes(4))),
        (Err(NotAViewing::Audio), &audio, long),
        (Err(NotAViewing::Live), &live, long),
    ] {
        assert_eq!(settings.admit("mpv", media, duration), verdict);
    }
}

#[test]
fn an_orderly_end_of_the_daemon_keeps_the_last_position() {
    let mut desk = Desk::new();
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(95));
    desk.give(Input::Shutdown);
    let last = desk.events.last().unwrap();
    assert_eq!((last.kind, last.viewing.position), (Stopped, Position::new(seconds(95))));
}

/// Two episodes of 45 minutes together.
const TWO: &str = "/videos/Example.Show.S01E01E02.mkv";

fn two_episodes() -> Desk {
    let mut desk = Desk::new();
    desk.learn_parts(2);
    desk
}

/// When each part was completed, in seconds since `begin`.
fn completed_after(desk: &Desk, begin: Now) -> Vec<Option<i64>> {
    let watching = desk.tracker.sittings(desk.now()).pop().and_then(|sitting| sitting.viewing);
    let viewing = watching.unwrap_or_else(|| desk.events.last().expect("something happened").viewing.clone());
    let seconds = |at: Timestamp| at.duration_since(begin.wall).as_secs();
    viewing.parts.instants().into_iter().map(|at| at.map(seconds)).collect()
}

#[test]
fn each_of_two_episodes_is_completed_at_its_own_instant() {
    let mut desk = two_episodes();
    let begin = desk.now();
    desk.play(TWO, Duration::ZERO);
    desk.wait(minutes(20));
    assert_eq!(desk.count(Completed), 1);
    let first = desk.events.iter().find(|event| event.kind == Completed).unwrap();
    assert_eq!(first.at.wall.duration_since(begin.wall).as_secs(), 18 * 60);
    assert_eq!(
        (first.viewing.completed_at(), first.viewing.parts.instants()[0]),
        (None, Some(first.at.wall))
    );
    desk.wait(minutes(30));
    assert_eq!(desk.count(Completed), 2);
    assert_eq!(completed_after(&desk, begin), [Some(18 * 60), Some(2430)]);
    let end = &desk.events.last().unwrap().viewing;
    assert_eq!(end.completed_at(), end.parts.instants()[1]);
}

#[test]
fn leaving_in_the_second_episode_completes_only_the_first() {
    let mut desk = two_episodes();
    let begin = desk.now();
    desk.play(TWO, Duration::ZERO);
    desk.wait(at_percent(55));
    desk.kill_player();
    desk.wait(minutes(1));
    assert_eq!(completed_after(&desk, begin), [Some(18 * 60), None]);
}

#[test]
fn watching_only_the_second_half_completes_only_the_second_episode() {
    let mut desk = two_episodes();
    let begin = desk.now();
    desk.play(TWO, at_percent(50));
    desk.wait(minutes(30));
    assert_eq!(completed_after(&desk, begin), [None, Some(18 * 60)]);
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn jumping_over_an_episode_does_not_complete_it() {
    let mut desk = two_episodes();
    desk.play(TWO, Duration::ZERO);
    // More than a viewing of it takes, but far from its threshold.
    desk.wait(minutes(15));
    desk.seek(at_percent(60));
    desk.wait(minutes(5));
    assert_eq!(desk.count(Completed), 0);
    desk.wait(minutes(20));
    let end = desk.events.last().unwrap();
    assert_eq!(end.viewing.parts.instants().iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn skipping_the_credits_between_two_episodes_completes_the_first_where_it_was_left() {
    let mut desk = two_episodes();
    let begin = desk.now();
    desk.play(TWO, Duration::ZERO);
    desk.wait(minutes(17));
    desk.seek(at_percent(51));
    desk.wait(minutes(1));
    assert_eq!(completed_after(&desk, begin), [Some(17 * 60), None]);
}

#[test]
fn landing_late_in_an_episode_completes_it_once_enough_is_played_there() {
    let mut desk = two_episodes();
    desk.play(TWO, Duration::ZERO);
    desk.wait(seconds(10));
    desk.seek(at_percent(42));
    // 5 % of 22 and a half minutes.
    desk.wait(seconds(60));
    assert_eq!(desk.count(Completed), 0);
    desk.wait(seconds(10));
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn an_episode_is_begun_again_in_the_same_viewing_until_all_are_completed() {
    let mut desk = two_episodes();
    desk.play(TWO, Duration::ZERO);
    desk.wait(minutes(20));
    desk.stop();
    desk.wait(minutes(60));
    desk.play(TWO, Duration::ZERO);
    desk.wait(minutes(46));
    let first = desk.events[0].viewing.id;
    assert!(desk.events.iter().all(|event| event.viewing.id == first));
    assert_eq!(desk.count(Completed), 2);
    desk.play(TWO, Duration::ZERO);
    desk.wait(minutes(46));
    assert_ne!(desk.events.last().unwrap().viewing.id, first);
    assert_eq!(desk.count(Completed), 4);
}

#[test]
fn a_number_of_episodes_that_is_learnt_late_completes_at_once_what_was_watched() {
    let mut desk = Desk::new();
    let begin = desk.now();
    desk.play(TWO, Duration::ZERO);
    desk.wait(minutes(30));
    // Where the viewer has gone since does not matter.
    desk.seek(minutes(2));
    desk.wait(minutes(1));
    assert_eq!(desk.count(Completed), 0);
    desk.learn_parts(2);
    assert_eq!(completed_after(&desk, begin), [Some(31 * 60), None]);
    assert_eq!(desk.count(Completed), 1);
}

#[test]
fn a_number_of_episodes_that_is_corrected_completes_nothing_twice() {
    let mut desk = two_episodes();
    let begin = desk.now();
    desk.play(TWO, Duration::ZERO);
    desk.wait(at_percent(95));
    assert_eq!(desk.count(Completed), 2);
    // One episode after all: it was completed when the second of two would have been.
    desk.learn_parts(1);
    assert_eq!(completed_after(&desk, begin), [Some(2430)]);
    assert_eq!(desk.count(Completed), 3);
    desk.learn_parts(2);
    assert_eq!(completed_after(&desk, begin), [Some(18 * 60), Some(2430)]);
    desk.learn_parts(1);
    desk.wait(minutes(5));
    assert_eq!(desk.count(Completed), 3);
}

#[test]
fn more_episodes_than_thought_leave_what_was_not_watched_open() {
    let mut desk = Desk::new();
    desk.play(TWO, Duration::ZERO);
    desk.wait(minutes(37));
    assert_eq!(desk.count(Completed), 1);
    desk.learn_parts(2);
    let viewing = &desk.events.last().unwrap().viewing;
    assert_eq!(viewing.completed_at(), None);
    assert_eq!(viewing.parts.instants().iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    desk.wait(minutes(10));
    assert!(desk.events.last().unwrap().viewing.completed_at().is_some());
}

#[test]
fn the_end_of_the_file_reached_by_a_jump_completes_the_last_episode_if_most_of_it_was_played() {
    let mut desk = two_episodes();
    desk.play(TWO, at_percent(50));
    desk.wait(minutes(12));
    desk.seek(minutes(45));
    desk.wait(minutes(1));
    let end = desk.events.last().unwrap();
    assert_eq!(end.viewing.parts.instants().iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
}
