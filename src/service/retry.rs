//! How long to wait before trying again. The only place that knows the `backoff` crate.

use std::time::Duration;

use backoff::SystemClock;
use backoff::backoff::Backoff;
use backoff::exponential::ExponentialBackoffBuilder;
use jiff::Timestamp;

/// The first pause.
const FIRST: Duration = Duration::from_secs(2);
/// No pause is longer, jitter aside.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// A service may ask for more patience than that, but not for more than a day.
const MOST_PATIENT: Duration = Duration::from_secs(24 * 3600);

/// The pause after `failures` failures in a row (1 is the first): exponential with jitter, up to 15 min.
#[must_use]
pub(crate) fn delay(failures: u32) -> Duration {
    let mut policy = ExponentialBackoffBuilder::<SystemClock>::new()
        .with_initial_interval(FIRST)
        .with_multiplier(2.0)
        .with_randomization_factor(0.2)
        .with_max_interval(LONGEST)
        .with_max_elapsed_time(None)
        .build();
    // Beyond a dozen doublings nothing changes.
    (0..failures.clamp(1, 12)).filter_map(|_| policy.next_backoff()).last().unwrap_or(LONGEST)
}

/// What `Retry-After` asks for: seconds, or an HTTP date.
#[must_use]
pub(crate) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let asked = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let then = Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()?;
            Duration::try_from(then.duration_since(now)).unwrap_or_default()
        }
    };
    Some(asked.min(MOST_PATIENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_with_jitter_up_to_a_quarter_of_an_hour() {
        for (failures, about) in [(1, 2), (2, 4), (5, 32), (9, 512), (11, 900), (4000, 900)] {
            let about = Duration::from_secs(about);
            let pause = delay(failures);
            assert!(pause >= about.mul_f64(0.79) && pause <= about.mul_f64(1.21), "{failures}: {pause:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_more_than_a_day() {
        let now: Timestamp = "2026-03-01T21:14:05Z".parse().unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("99999999", Some(86_400)),
            ("Sun, 01 Mar 2026 21:15:05 GMT", Some(60)),
            ("Sun, 01 Mar 2026 21:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
