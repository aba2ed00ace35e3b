//! All detectors at once, each again while it fails and there is time.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use component::error::Problem;
use component::variables::Variables;
use delivery::Backoff;
use tokio::task::JoinSet;

use super::attributes::Attributes;
use super::detector::{Detector, Sources};
use super::failure::Failure;
use super::metadata::Client;
use super::metrics::Seen;
use super::settings::{Missing, Settings};

/// What all detectors together have found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The attributes.
    pub attributes: Attributes,
    /// How each detector fared, in their order.
    pub seen: Vec<Seen>,
}

/// How one detector fared.
struct Run {
    index: usize,
    result: Result<Attributes, Failure>,
    seen: Seen,
}

/// Asks all detectors, and puts together what they say: where several find an attribute, the first one has the say. Must be
/// called within a tokio runtime.
///
/// # Errors
/// What is wrong, each at the place of its detector.
pub async fn detect(settings: Arc<Settings>, clock: Clock, variables: Variables) -> Result<Found, Vec<Problem>> {
    let mut running = JoinSet::new();
    for index in 0..settings.detectors.len() {
        let sources = Sources { variables: variables.clone(), client: Client::new(), clock: clock.clone() };
        let settings = Arc::clone(&settings);
        running.spawn(async move { run(index, &settings, &sources).await });
    }
    let mut runs = Vec::new();
    while let Some(run) = running.join_next().await {
        runs.extend(run);
    }
    runs.sort_by_key(|run: &Run| run.index);
    let (mut attributes, mut seen, mut problems) = (Attributes::default(), Vec::new(), Vec::new());
    if runs.len() < settings.detectors.len() {
        problems.push(problem(&settings, 0, &Failure::lasting("a detector broke off; this is a bug of the host", "")));
    }
    for run in runs {
        seen.push(run.seen);
        match run.result {
            Ok(found) => attributes.add(found),
            Err(Failure::Absent(why)) if settings.detectors[run.index].missing == Missing::Fine => {
                let detector = settings.detectors[run.index].detector.name();
                tracing::info!(processor = settings.id, detector, "nothing detected: {why}");
            }
            Err(failure) => problems.push(problem(&settings, run.index, &failure)),
        }
    }
    if let Err(failure) = attributes.check() {
        problems.push(problem(&settings, 0, &failure));
    }
    if problems.is_empty() { Ok(Found { attributes, seen }) } else { Err(problems) }
}

fn problem(settings: &Settings, index: usize, failure: &Failure) -> Problem {
    let name = settings.detectors.get(index).map_or("", |listed| listed.detector.name());
    Problem {
        path: format!("processors.{}.detectors.{index}", settings.id),
        message: format!("the detector {name} failed: {failure}"),
        help: failure.help(),
    }
}

async fn run(index: usize, settings: &Settings, sources: &Sources) -> Run {
    let clock = &sources.clock;
    let detector = &settings.detectors[index].detector;
    let begun = clock.monotonic();
    let mut seen = Seen::new(detector.name());
    let result = repeat(detector, settings, sources, &mut seen).await;
    seen.seconds = clock.monotonic().since(begun).as_secs_f64();
    Run { index, result, seen }
}

async fn repeat(
    detector: &Detector,
    settings: &Settings,
    sources: &Sources,
    seen: &mut Seen,
) -> Result<Attributes, Failure> {
    let clock = &sources.clock;
    let mut backoff = Backoff::new(settings.retry, clock.monotonic());
    let mut end = std::pin::pin!(clock.sleep(settings.whole));
    let mut last = None;
    loop {
        let result = tokio::select! {
            biased;
            result = attempt(detector, settings.attempt, sources) => result,
            () = &mut end => Err(last.unwrap_or_else(|| detector.out_of_time(sources.client.has_heard()))),
        };
        seen.count(&result);
        let failure = match result {
            Err(failure) if failure.may_retry() => failure,
            result => return result,
        };
        let Some(wait) = backoff.next(clock.monotonic(), None, fastrand::f64()) else { return Err(failure) };
        tracing::warn!(processor = settings.id, detector = detector.name(), error = %failure, "detecting again");
        tokio::select! {
            () = clock.sleep(wait) => {}
            () = &mut end => return Err(failure),
        }
        last = Some(failure);
    }
}

async fn attempt(detector: &Detector, limit: Duration, sources: &Sources) -> Result<Attributes, Failure> {
    tokio::select! {
        biased;
        result = detector.detect(sources) => result,
        () = sources.clock.sleep(limit) => Err(detector.out_of_time(sources.client.has_heard())),
    }
}
