//! Which samples Prometheus takes into its head without a window for what is out of order (`head_append.go`,
//! `write_handler.go` of 3.x): all of a request, or none.

use std::collections::{BTreeMap, HashMap};

use clock::Clock;

use super::sink::Sample;

const MINUTE: i64 = 60_000;

/// What is older than the newest sample of all series by more is out of bounds: half of a block of two hours.
const OLDEST: i64 = 60 * MINUTE;

/// What is farther ahead of the clock is refused.
const AHEAD: i64 = 10 * MINUTE;

/// The newest sample of each series.
#[derive(Default)]
pub struct Head {
    series: HashMap<BTreeMap<String, String>, (i64, u64)>,
    newest: Option<i64>,
    /// Tells the time; without it nothing is too far ahead.
    pub clock: Option<Clock>,
}

impl Head {
    /// Takes all samples of a request, or says why it takes none.
    pub fn append(&mut self, samples: &[Sample]) -> Result<(), String> {
        let oldest = self.newest.map_or(i64::MIN, |newest| newest - OLDEST);
        let latest = self.clock.as_ref().map_or(i64::MAX, |clock| clock.now().to_millis().0 + AHEAD);
        let mut pending: HashMap<&BTreeMap<String, String>, (i64, u64)> = HashMap::new();
        for Sample { labels, time, value, .. } in samples {
            let last = pending.get(labels).or_else(|| self.series.get(labels)).copied();
            let refusal = match last {
                _ if *time < oldest => Some("out of bounds"),
                _ if *time > latest => Some("too far in the future"),
                Some((last, _)) if *time < last => Some("out of order sample"),
                Some((last, bits)) if *time == last && value.to_bits() != bits => {
                    Some("duplicate sample for timestamp")
                }
                _ => None,
            };
            if let Some(refusal) = refusal {
                return Err(format!("{refusal}: {labels:?}, {value} at {time}, after {last:?}"));
            }
            pending.insert(labels, (*time, value.to_bits()));
        }
        for (labels, last) in pending {
            self.newest = self.newest.max(Some(last.0));
            self.series.insert(labels.clone(), last);
        }
        Ok(())
    }
}
