//! By how much the times that a run gives are off. Pure.
//!
//! A run counts on from the wall clock's word at its start, evenly and through sleep, whatever the wall clock is set to later. So
//! within a run nothing jumps, and all of its times are off by the same. By how much, is judged by two witnesses: the
//! machine's wall clock as it is now, and the service, by the dates of its answers.
//!
//! - The service decides which word of the wall clock is right, the one in force or the present one. It is good to
//!   a second or two only, so it is not taken itself while one of them is near it.
//! - If neither is, the service's own word is taken: nobody sets this machine's clock.
//! - While the service has not been heard, the wall clock is believed as it is now: a clock that is wrong until the
//!   network comes is set then. No harm is done if it was right before: what is told to a service is judged by that service's
//!   word first.

/// What is less than this, in milliseconds, is no step of the clock.
const STEP: i64 = 1_000;
/// How exactly a service's word can be read off its answers, in milliseconds.
const BLUR: i64 = 2_000;
/// A wall clock that is further off than this, in milliseconds, is wrong.
const WRONG: i64 = 120_000;

/// The correction to be in force, in milliseconds to add to a run's times. `current` is the one that is, `system` the one
/// by the wall clock as it is now, `heard` the one by the service.
pub(super) fn judge(current: i64, system: i64, heard: Option<i64>) -> i64 {
    let Some(heard) = heard else {
        return if current.abs_diff(system) > STEP.unsigned_abs() { system } else { current };
    };
    let (of_current, of_system) = (heard.abs_diff(current), heard.abs_diff(system));
    let (best, off) = if of_system.saturating_add(BLUR.unsigned_abs()) < of_current {
        (system, of_system)
    } else {
        (current, of_current)
    };
    if off <= WRONG.unsigned_abs() { best } else { heard }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_clock_that_is_wrong_until_the_network_comes_is_corrected() {
        // Set by the network, before and after the service is heard.
        assert_eq!(judge(0, 2 * HOUR, None), 2 * HOUR);
        assert_eq!(judge(2 * HOUR, 2 * HOUR, Some(2 * HOUR - 900)), 2 * HOUR);
        assert_eq!(judge(0, 500_000 * HOUR, Some(500_000 * HOUR + 700)), 500_000 * HOUR);
        // By a minute only.
        assert_eq!(judge(0, 60_000, Some(60_800)), 60_000);
        // Nobody sets it, and the service answers.
        assert_eq!(judge(0, 0, Some(2 * HOUR)), 2 * HOUR);
        assert_eq!(judge(2 * HOUR, 0, Some(2 * HOUR + 1_500)), 2 * HOUR);
    }

    #[test]
    fn a_right_clock_that_is_set_wrong_and_back_ends_where_it_was() {
        for set in [2 * HOUR, -2 * HOUR, 60_000, -60_000, 400_000 * HOUR] {
            assert_eq!(judge(0, set, Some(300)), 0, "set by {set} after the service was heard");
            // Believed for a while, as nobody says otherwise.
            let meanwhile = judge(0, set, None);
            assert_eq!(meanwhile, set);
            assert_eq!(judge(meanwhile, 0, None), 0, "set by {set} and back");
            assert_eq!(judge(meanwhile, 0, Some(300)), 0, "set by {set} and back, and the service is heard");
        }
        // Still wrong when the service is heard, by hours.
        assert_eq!(judge(2 * HOUR, 2 * HOUR, Some(300)), 300);
    }

    #[test]
    fn what_is_less_than_a_step_changes_nothing() {
        for system in [-1_000, -1, 0, 1, 1_000] {
            assert_eq!(judge(0, system, None), 0, "{system}");
        }
        for heard in [-120_000, -1_999, 0, 1_999, 120_000] {
            assert_eq!(judge(0, 0, Some(heard)), 0, "{heard}");
        }
        assert_eq!(judge(0, 0, Some(120_001)), 120_001);
    }

    #[test]
    fn no_number_is_too_large() {
        for current in [i64::MIN, 0, i64::MAX] {
            for system in [i64::MIN, 0, i64::MAX] {
                for heard in [None, Some(i64::MIN), Some(0), Some(i64::MAX)] {
                    let judged = judge(current, system, heard);
                    assert!([Some(current), Some(system), heard].contains(&Some(judged)));
                }
            }
        }
    }
}
