//! What a back-end takes of a series, so that what it would refuse is dropped when its stream is described, with a reason.

use pipeline::drops::{self, Reason};
use prometheus::label_set::LabelSet;

use super::settings::Receiver;

/// Limits of labels and metadata; none where there is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Labels of a series, its name among them.
    pub labels: Option<usize>,
    /// Bytes of their names and values together.
    pub label_bytes: Option<usize>,
    /// Bytes of type, name, unit and help of a metric together.
    pub metadata_bytes: Option<usize>,
    /// Whether the label `__replica__` may stand without `cluster`.
    pub lone_replica: LoneReplica,
}

/// What is to be done with a label `__replica__` beside which there is no `cluster`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoneReplica {
    /// It is written.
    #[default]
    Written,
    /// Its series is dropped: the back-end takes one replica of each cluster, and would not know of which this is.
    Dropped,
}

/// The quotas of Amazon's service: 150 labels, 7 KB of them, 1 KB of metadata. Kilobytes are taken for 1,024 bytes: what it
/// refuses beyond that it refuses alone.
const AMAZON: Limits = Limits {
    labels: Some(150),
    label_bytes: Some(7 << 10),
    metadata_bytes: Some(1 << 10),
    lone_replica: LoneReplica::Dropped,
};

config::block! {
    /// What the server takes of a series. Where nothing is written: the quotas of Amazon Managed Service for Prometheus for
    /// `receiver: cortex`, else no limits.
    pub struct LimitKeys {
        /// Labels of a series, its name among them; 0 means no limit. 150 for `receiver: cortex`.
        max_labels: Option<u64> = maybe(integer(0..=65_536, 150)),
        /// Bytes of names and values of a series' labels together; 0 means no limit. 7,168 for `receiver: cortex`.
        max_label_bytes: Option<u64> = maybe(integer(0..=1 << 20, 7_168)),
        /// Bytes of type, name, unit and help of a metric together, for `send_metadata`; what is too long of the help is left out. 0
        /// means no limit. 1,024 for `receiver: cortex`.
        max_metadata_bytes: Option<u64> = maybe(integer(0..=1 << 20, 1_024)),
        /// Whether series with a label `__replica__` and none of the name `cluster` are dropped. True for `receiver: cortex`.
        drop_lone_replica: Option<bool> = maybe(boolean(true)),
    }
}

impl LimitKeys {
    /// What the block means in front of a receiver.
    pub fn limits(&self, receiver: Receiver) -> Limits {
        let default = match receiver {
            Receiver::Cortex => AMAZON,
            Receiver::Prometheus => Limits::default(),
        };
        let limit = |written: Option<u64>, default| match written {
            None => default,
            Some(0) => None,
            Some(limit) => Some(limit as usize),
        };
        Limits {
            labels: limit(self.max_labels, default.labels),
            label_bytes: limit(self.max_label_bytes, default.label_bytes),
            metadata_bytes: limit(self.max_metadata_bytes, default.metadata_bytes),
            lone_replica: match self.drop_lone_replica {
                None => default.lone_replica,
                Some(true) => LoneReplica::Dropped,
                Some(false) => LoneReplica::Written,
            },
        }
    }
}

impl Limits {
    /// Whether a series of these labels, and `more` of so many bytes, is taken.
    ///
    /// # Errors
    /// The reason for which it is dropped.
    pub fn check(&self, labels: &LabelSet, more: usize, more_bytes: usize) -> Result<(), Reason> {
        if self.labels.is_some_and(|most| labels.len() + more > most) {
            return Err(drops::TOO_MANY_LABELS);
        }
        let bytes = || labels.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() + more_bytes;
        if self.label_bytes.is_some_and(|most| bytes() > most) {
            return Err(drops::LABELS_TOO_LONG);
        }
        let is_lone = || labels.get("__replica__").is_some() && labels.get("cluster").is_none();
        if self.lone_replica == LoneReplica::Dropped && is_lone() {
            return Err(drops::LONE_REPLICA);
        }
        Ok(())
    }
}
