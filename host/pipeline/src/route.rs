//! Which shard a point belongs to, where there are several: the one that owns the series that it will be written to.
//!
//! Two streams that end in one series must meet in one shard, whatever their descriptions were. So the route is a hash of
//! what the first exporter tells series apart by. It is a pure function of the description, and remembered by key.

use std::cell::RefCell;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};

use foldhash::quality::FixedState;

use super::admission;
use super::shard::{Failed, Request};
use super::stage::{Stage, StageError};
use otlp::points::Point;
use streams::describe::{Context, Descriptions, View, Written};
use streams::memo::Memo;

/// Keys that each receiving thread remembers; when it is full the thread begins anew. 32 MiB.
const ROUTES: usize = 1 << 20;

thread_local! {
    /// Routes by the router's number and key.
    static KNOWN: RefCell<Vec<(usize, Memo)>> = const { RefCell::new(Vec::new()) };
}

/// What tells the series of the first exporter apart: labels, encoded; none for a stream that it refuses.
pub type SeriesKey = Box<dyn FnMut(View<'_>) -> Option<Vec<u8>> + Send>;

/// Finds shards. All receiving threads share one.
pub struct Router {
    /// Its number among the routers of the process.
    number: usize,
    shards: usize,
    slow: Mutex<Slow>,
}

/// What is needed for a key that a thread does not know.
struct Slow {
    descriptions: Descriptions,
    stages: Vec<Box<dyn Stage>>,
    series_key: SeriesKey,
}

impl Router {
    /// A router over `shards` shards. The stages are only asked what they make of streams.
    #[must_use]
    pub fn new(number: usize, shards: usize, stages: Vec<Box<dyn Stage>>, series_key: SeriesKey) -> Self {
        let slow = Slow { descriptions: Descriptions::default(), stages, series_key };
        Self { number, shards, slow: Mutex::new(slow) }
    }

    /// The shard of a point of `request`, for which `context` is. A description that is new to this thread is checked.
    ///
    /// # Errors
    /// [`Failed`]: the whole request is to be refused.
    pub fn route(&self, point: &Point, request: &Request, context: &mut Context) -> Result<usize, Failed> {
        if let Some(shard) = self.known(point.key) {
            return Ok(shard);
        }
        Written::of(point, &request.places, &request.bytes).check(context).map_err(Failed::Malformed)?;
        // What a guest did not decide is not remembered: two threads might remember two shards.
        let series = self.slow.lock().unwrap_or_else(PoisonError::into_inner).series(point, request, context);
        let series = series.map_err(|error| Failed::Guest { why: error.to_string(), may_retry: error.may_retry })?;
        // A stream that will be refused may be refused anywhere.
        let hash = FixedState::default().hash_one(series.unwrap_or_default());
        let shard = (hash % self.shards as u64) as usize;
        self.remember(point.key, shard);
        Ok(shard)
    }

    /// Gives back what the points of a request have left in its context.
    pub fn release(&self, context: Context) {
        if context.is_empty() {
            return;
        }
        self.slow.lock().unwrap_or_else(PoisonError::into_inner).descriptions.release_context(context);
    }

    fn known(&self, key: u128) -> Option<usize> {
        KNOWN.with_borrow(|known| {
            let (_, memo) = known.iter().find(|(number, _)| *number == self.number)?;
            memo.get(key).map(|shard| shard as usize)
        })
    }

    fn remember(&self, key: u128, shard: usize) {
        KNOWN.with_borrow_mut(|known| {
            let place = known.iter().position(|(number, _)| *number == self.number).unwrap_or_else(|| {
                known.push((self.number, Memo::new(ROUTES)));
                known.len() - 1
            });
            let memo = &mut known[place].1;
            // Forgetting, or not remembering, costs time only.
            if !memo.insert(key, shard as u32).unwrap_or(true) {
                *memo = Memo::new(ROUTES);
            }
        });
    }
}

impl Slow {
    fn series(
        &mut self,
        point: &Point,
        request: &Request,
        context: &mut Context,
    ) -> Result<Option<Vec<u8>>, StageError> {
        let written = Written::of(point, &request.places, &request.bytes);
        // What is too long will be refused, and is not to be shown to a guest.
        let Ok(Some(stream)) = self.descriptions.identify(&written, context) else { return Ok(None) };
        let admitted = admission::admit(&mut self.descriptions, &mut self.stages, stream, written.traits);
        let series = admitted.map(|admitted| {
            let admission = admitted.ok()?;
            let view = self.descriptions.view(admission.described).with_traits(admission.traits);
            let series = (self.series_key)(view);
            self.descriptions.release(admission.described);
            series
        });
        self.descriptions.release(stream);
        series
    }
}
