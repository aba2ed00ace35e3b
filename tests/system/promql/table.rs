//! What `increase()` says, beside the truth.

use std::collections::BTreeMap;
use std::fmt;

/// Back-end, worker, and whether counters are truthful.
type Case = (&'static str, &'static str, &'static str);

#[derive(Default)]
pub struct Table {
    /// By metric: the truth, and what was found.
    rows: BTreeMap<&'static str, (f64, BTreeMap<Case, f64>)>,
}

impl Table {
    pub fn add(&mut self, metric: &'static str, truth: f64, case: Case, found: f64) {
        self.rows.entry(metric).or_insert((truth, BTreeMap::new())).1.insert(case, found);
    }

    fn errors(&self) -> impl Iterator<Item = (&'static str, Case, f64)> {
        self.rows.iter().flat_map(|(metric, (truth, found))| {
            found.iter().map(|(case, found)| (*metric, *case, error(*truth, *found)))
        })
    }

    /// Each value of these cases is true, but for so much of it.
    pub fn assert_true(&self, zeros: &str, tolerance: f64) {
        let wrong: Vec<_> =
            self.errors().filter(|(_, case, error)| case.2 == zeros && error.abs() > tolerance).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    /// In each of these cases there is a value that is wrong by at least so much.
    pub fn assert_false(&self, zeros: &str, error: f64) {
        let mut worst = BTreeMap::new();
        for (_, case, found) in self.errors().filter(|(_, case, _)| case.2 == zeros) {
            let worst: &mut f64 = worst.entry(case).or_default();
            *worst = worst.max(found.abs());
        }
        assert!(worst.values().all(|worst| *worst >= error), "{worst:?}");
    }
}

fn error(truth: f64, found: f64) -> f64 {
    if truth == 0.0 { found } else { found / truth - 1.0 }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:37}{:>14}", "increase(), by how much it is wrong", "truth")?;
        let cases: Vec<Case> =
            self.rows.values().next().into_iter().flat_map(|(_, found)| found.keys().copied()).collect();
        for (back_end, worker, zeros) in &cases {
            let counters = if *zeros == "yes" { "truthful" } else { "bare" };
            write!(out, "{:>26}", format!("{back_end} {worker} {counters}"))?;
        }
        writeln!(out)?;
        for (metric, (truth, found)) in &self.rows {
            write!(out, "{metric:37}{truth:>14.3}")?;
            for case in &cases {
                let found = found.get(case).copied().unwrap_or_default();
                write!(out, "{:>25.2}%", 100.0 * error(*truth, found))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
