//! Detectors against documents in the form that the platforms document, and against servers that give them.

mod detection;
mod ec2;
mod ecs;
mod env;
mod fake;
mod merging;
mod system;

use std::sync::Arc;
use std::time::Duration;

use clock::{Clock, Hand, UnixNanos};
use component::error::Problem;
use component::variables::Variables;
use delivery::Retry;

use super::attributes::{Attributes, Value};
use super::detect::{Found, detect};
use super::detector::{Detector, Known, Selection, Sources};
use super::metadata::Client;
use super::settings::{Existing, Listed, Missing, Settings};
use super::{ec2 as detector_ec2, ecs as detector_ecs};

/// The Collector's defaults.
fn settings(detectors: impl IntoIterator<Item = Detector>) -> Settings {
    Settings {
        id: "resourcedetection".into(),
        detectors: detectors.into_iter().map(|detector| Listed { detector, missing: Missing::Fine }).collect(),
        existing: Existing::Replaced,
        retry: Retry {
            initial: Some(Duration::from_secs(1)),
            multiplier: 2.0,
            jitter: 0.0,
            longest: Duration::from_secs(30),
            give_up: None,
        },
        attempt: Duration::from_secs(5),
        whole: Duration::from_secs(5),
    }
}

fn all(known: &[Known]) -> Selection {
    Selection::new(known, |_| None)
}

fn only(known: &[Known], keys: &[&str]) -> Selection {
    Selection::new(known, |key| Some(keys.contains(&key)))
}

fn ecs() -> Detector {
    Detector::Ecs(all(detector_ecs::KNOWN))
}

fn ec2() -> detector_ec2::Settings {
    detector_ec2::Settings {
        selection: all(detector_ec2::KNOWN),
        tags: Vec::new(),
        attempts: Some(3),
        longest_wait: Duration::from_secs(20),
    }
}

fn manual() -> (Clock, Hand) {
    Clock::manual(UnixNanos(1_700_000_000_000_000_000))
}

fn sources(variables: Variables) -> Sources {
    Sources { variables, client: Client::new(), clock: Clock::system() }
}

fn texts(values: &[&str]) -> Value {
    Value::Texts(values.iter().map(|value| (*value).to_owned()).collect())
}

/// Attributes whose values are text.
fn plain<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Attributes {
    attributes.into_iter().collect()
}

async fn detected(settings: Settings, clock: &Clock, variables: &Variables) -> Result<Found, Vec<Problem>> {
    detect(Arc::new(settings), clock.clone(), variables.clone()).await
}

/// Waits until a service has been asked so often.
async fn is_asked(fake: &fake::Fake, times: usize) {
    while fake.asked().len() < times {
        tokio::task::yield_now().await;
    }
}
