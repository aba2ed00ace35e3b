//! What a sender says that it sent: totals by session and metric.

use std::collections::BTreeMap;

use serde_json::Value;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truth(BTreeMap<String, BTreeMap<String, f64>>);

impl Truth {
    /// From the JSON that a sender prints.
    pub fn read(json: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(json).expect("JSON");
        let sessions = json["sessions"].as_object().expect("sessions").iter().map(|(session, totals)| {
            let totals = totals.as_object().expect("totals").iter();
            let totals = totals.map(|(metric, total)| (metric.clone(), total.as_f64().expect("a number"))).collect();
            (session.clone(), totals)
        });
        Self(sessions.collect())
    }

    /// Both senders' totals.
    pub fn and(mut self, other: Self) -> Self {
        for (session, totals) in other.0 {
            for (metric, total) in totals {
                *self.0.entry(session.clone()).or_default().entry(metric).or_default() += total;
            }
        }
        self
    }

    /// The totals of one metric by session.
    pub fn of(&self, metric: &str) -> BTreeMap<String, f64> {
        let totals = self.0.iter().filter_map(|(session, totals)| Some((session.clone(), *totals.get(metric)?)));
        totals.collect()
    }
}
