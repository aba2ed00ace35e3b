//! Settings of the processor, as meant.

use std::time::Duration;

use delivery::Retry;

use super::detector::Detector;

/// Settings, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The id as configured.
    pub id: String,
    /// What looks, in the order of the configuration. The first of those that find an attribute has the say.
    pub detectors: Vec<Listed>,
    /// Which value stays where a stream has the attribute already.
    pub existing: Existing,
    /// When a detector that fails is asked again.
    pub retry: Retry,
    /// How long one attempt may take.
    pub attempt: Duration,
    /// How long all attempts of a detector may take, and the waits between them.
    pub whole: Duration,
}

/// A detector in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The detector.
    pub detector: Detector,
    /// What it means that the host does not run where it looks.
    pub missing: Missing,
}

/// What becomes of attributes that a stream has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// What was found takes their place.
    Replaced,
    /// They stay as they were sent.
    Kept,
}

/// What it means that the host does not run where a detector looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing is added.
    Fine,
    /// The host does not start.
    Error,
}
