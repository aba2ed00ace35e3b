//! What a metric is to this host: the vocabulary that all other crates share. It does nothing.

pub mod columns;
mod description;
mod metric;
mod origin;
mod shape;

pub use description::{Attribute, AttributeValue, StreamDescription};
pub use metric::{BUCKETS, CUMULATIVE, DELTA, Kind, MetricTraits, NO_RECORDED_VALUE, Number};
pub use origin::Origin;
pub use shape::{Needs, Output, Plan, Problem, Verdict};
