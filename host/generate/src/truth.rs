//! What the totals must be: everything that a server has taken.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::meter::Delta;

/// Sums by session and metric, of points that were delivered, and of those that were not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truth {
    delivered: BTreeMap<String, BTreeMap<&'static str, f64>>,
    lost: BTreeMap<String, BTreeMap<&'static str, f64>>,
    /// Points delivered.
    pub points: u64,
    /// Points lost.
    pub lost_points: u64,
    /// Points of delivered requests that the server said it dropped. Nobody says which, so that they are in the totals.
    pub rejected_points: u64,
    /// Requests delivered.
    pub requests: u64,
    /// Attempts that were followed by another.
    pub retries: u64,
    /// Bytes of delivered requests, before compression.
    pub bytes: u64,
}

impl Truth {
    /// Points of a session were delivered.
    pub fn deliver(&mut self, session: &str, deltas: &[Delta]) {
        self.points += deltas.len() as u64;
        add(&mut self.delivered, session, deltas);
    }

    /// Points of a session were lost, or nobody knows.
    pub fn lose(&mut self, session: &str, deltas: &[Delta]) {
        self.lost_points += deltas.len() as u64;
        add(&mut self.lost, session, deltas);
    }

    /// A total that is known without a point at hand.
    pub fn deliver_total(&mut self, session: &str, metric: &'static str, value: f64) {
        let total = self.delivered.entry(session.to_owned()).or_default().entry(metric).or_default();
        *total += value;
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.delivered, &other.delivered), (&mut self.lost, &other.lost)] {
            for (session, totals) in theirs {
                for (metric, value) in totals {
                    *mine.entry(session.clone()).or_default().entry(metric).or_default() += value;
                }
            }
        }
        self.points += other.points;
        self.lost_points += other.lost_points;
        self.rejected_points += other.rejected_points;
        self.requests += other.requests;
        self.retries += other.retries;
        self.bytes += other.bytes;
    }

    /// The truth as JSON: totals of all sessions by metric, and of each.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
        for (metric, value) in self.delivered.values().flatten() {
            *totals.entry(metric).or_default() += value;
        }
        let sessions: Map<String, Value> =
            self.delivered.iter().map(|(session, totals)| (session.clone(), json!(totals))).collect();
        json!({
            "points": self.points,
            "requests": self.requests,
            "retries": self.retries,
            "bytes": self.bytes,
            "lost_points": self.lost_points,
            "rejected_points": self.rejected_points,
            "lost_sessions": self.lost,
            "totals": totals,
            "sessions": sessions,
        })
    }
}

fn add(sums: &mut BTreeMap<String, BTreeMap<&'static str, f64>>, session: &str, deltas: &[Delta]) {
    let sums = sums.entry(session.to_owned()).or_default();
    for delta in deltas {
        *sums.entry(delta.metric.name).or_default() += delta.value;
    }
}
