//! Durations as OpenTelemetry Collector configurations write them: numbers with a unit, one after another, such as `10s`,
//! `1h30m` or `1.5h`. Host and guests read them with the same code.

use std::time::Duration;

use fundu::{CustomDurationParser, CustomTimeUnit, TimeUnit};

const UNITS: [CustomTimeUnit<'static>; 7] = [
    CustomTimeUnit::with_default(TimeUnit::NanoSecond, &["ns"]),
    CustomTimeUnit::with_default(TimeUnit::MicroSecond, &["us"]),
    CustomTimeUnit::with_default(TimeUnit::MicroSecond, &["µs"]),
    CustomTimeUnit::with_default(TimeUnit::MilliSecond, &["ms"]),
    CustomTimeUnit::with_default(TimeUnit::Second, &["s"]),
    CustomTimeUnit::with_default(TimeUnit::Minute, &["m"]),
    CustomTimeUnit::with_default(TimeUnit::Hour, &["h"]),
];

/// Reads a duration; none if `text` is not one, or is negative. A number without a unit is none, except `0`.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    if text.ends_with(|last: char| last.is_ascii_digit() || last == '.') {
        return None;
    }
    let mut parser = CustomDurationParser::with_time_units(&UNITS);
    parser.parse_multiple(true, None).disable_exponent(true).disable_infinity(true);
    parser.parse(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    /// What Go's `time.ParseDuration` takes and gives (its documentation and tests).
    #[test]
    fn reads_what_go_reads() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("30m", 1_800_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("100ms", 100_000_000),
            ("10us", 10_000),
            ("10µs", 10_000),
            ("11ns", 11),
            ("1h2m3s4ms5us6ns", 3_723_004_005_006),
            ("39h9m14.425s", 140_954_425_000_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_nanos(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in ["", "3", "-", "s", ".", "-.", ".s", "+.s", "5 seconds", "1d", "1h30", "inf", "1e3s", "-5s"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
