//! The lanes of an exporter in one shard.
//!
//! Which lane the samples of a series go to depends on its labels alone, and all series of a histogram or summary go where
//! the labels of their family say. So the samples of a series are in one lane, in the order of their times, whatever is
//! retried there or in others.

use std::hash::BuildHasher as _;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use budget::Budget;
use bytes::Bytes;
use clock::{Clock, Moment, UnixMillis, UnixNanos};
use delivery::{DeliveryCounts, Destination, Lane, Runner};
use foldhash::quality::FixedState;
use pipeline::shard::outside::Outside;
use prometheus::targets::EVERY;
use streams::OutputStream;
use tokio::sync::watch;

use super::client::Client;
use super::counts::WriteCounts;
use super::encode::{self, SERIES_OVERHEAD};
use super::feedback::{Feedback, KnownPart};
use super::filling::{Filling, is_full};
use super::open::OpenRequest;
use super::parts::parts;
use super::request::{Contents, Purpose, WriteRequest};
use super::settings::{Batching, MOST_LANES, Settings};

/// Lanes are chosen by another hash than shards: by the same, some lanes of a shard would get nothing. Any number but 0 does.
const SEED: u64 = 1;

/// The lanes of one shard, each with the request that is being filled for it.
pub struct Lanes {
    lanes: Box<[Way]>,
    /// The lane of each stream; empty where there is one lane only.
    streams: Vec<u8>,
    batch: Batching,
    budget: Budget,
    written: Arc<WriteCounts>,
    compressor: snap::raw::Encoder,
    compressed: Vec<u8>,
    targets: Told,
    /// What was last seen of each lane.
    seen: Vec<Seen>,
}

/// What is to be known of a lane.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// It needs no more requests for now, and there is room to keep what comes.
    has_enough: bool,
    /// Totals are written with later times.
    floor: UnixMillis,
}

/// A lane: the requests that are being filled, the queue, and what comes back.
type Way = (Filling, Lane<WriteRequest>, Arc<Feedback>);

/// Samples of `target_info` that are sent together.
#[derive(Debug, Default)]
struct Told {
    bytes: Vec<u8>,
    contents: Contents,
    /// The time of all of them.
    step: UnixMillis,
}

/// A lane in which so many requests wait, or are in flight, needs no more for now: enough for a tenth of a second, until shards
/// look again, at 12 ms a request.
pub const ENOUGH: usize = 8;

const _: () = assert!(MOST_LANES <= 1 << u8::BITS, "a lane's number is a byte");

/// The lanes of one of `shards` shards to the back-end, and what runs them.
#[must_use]
pub fn lanes(
    settings: &Settings,
    shards: usize,
    client: Client,
    counts: Arc<DeliveryCounts>,
    clock: Clock,
    stopping: watch::Receiver<bool>,
) -> (Vec<Lane<WriteRequest>>, Vec<Runner<Client>>) {
    let destination = Arc::new(Destination {
        exporter: settings.id.clone(),
        attempt: client,
        retry: settings.retry,
        counts,
        clock,
        stopping,
    });
    (0..settings.lanes_of_a_shard(shards)).map(|_| destination.lane()).unzip()
}

impl Lanes {
    /// Lanes whose requests are closed as `batch` says and charged to `room`.
    #[must_use]
    pub fn new(lanes: Vec<Lane<WriteRequest>>, batch: Batching, budget: Budget, written: Arc<WriteCounts>) -> Self {
        let lanes = lanes.into_iter().map(|lane| (Filling::new(&budget), lane, Arc::default())).collect();
        let (compressor, compressed) = (snap::raw::Encoder::new(), Vec::new());
        Self {
            lanes,
            streams: Vec::new(),
            batch,
            budget,
            written,
            compressor,
            compressed,
            targets: Told::default(),
            seen: Vec::new(),
        }
    }

    /// From now on `stream` is in the lane of `labels`.
    pub fn assign(&mut self, stream: OutputStream, labels: &[u8]) {
        if self.lanes.len() < 2 {
            return;
        }
        let index = stream.index();
        if self.streams.len() <= index {
            self.streams.resize(index + 1, 0);
        }
        self.streams[index] = self.of_labels(labels) as u8;
    }

    /// The lane of a stream.
    #[inline]
    pub fn of_stream(&self, stream: OutputStream) -> usize {
        self.streams.get(stream.index()).map_or(0, |&lane| lane.into())
    }

    /// The lane of a series, or of a family, by what tells it from others.
    pub fn of_labels(&self, labels: &[u8]) -> usize {
        match self.lanes.len() as u64 {
            0 | 1 => 0,
            lanes => (FixedState::with_seed(SEED).hash_one(labels) % lanes) as usize,
        }
    }

    /// What is being filled in a lane. What is appended to it is to be told to [`Self::appended`].
    #[inline]
    pub fn filling(&mut self, lane: usize) -> &mut Filling {
        &mut self.lanes[lane].0
    }

    /// Says that something was written in a lane; closes requests that are full. First totals leave before what comes after
    /// them.
    #[inline]
    pub fn appended(&mut self, lane: usize, now: Moment) {
        let batch = self.batch;
        let filling = self.filling(lane);
        filling.touch(now);
        let is_open_full = is_full(&filling.open, batch);
        let are_births_full = filling.births().is_some_and(|births| is_full(births, batch));
        if is_open_full && !self.is_kept_open(lane) {
            self.close(lane);
        } else if are_births_full {
            self.close_births(lane);
        }
    }

    /// Hands on what has waited long enough.
    pub fn close_old(&mut self, now: Moment) {
        for lane in 0..self.lanes.len() {
            if self.filling(lane).age(now) >= self.batch.wait && !self.is_kept_open(lane) {
                self.close(lane);
            }
        }
    }

    /// Looks at what has become of the lanes, which only `outside` knows.
    pub fn look(&mut self, outside: &mut dyn Outside) {
        let Self { lanes, budget, seen, .. } = self;
        seen.clear();
        seen.extend(lanes.iter().map(|(_, queue, feedback)| {
            let has_enough = || queue.waiting() >= ENOUGH && budget.used() <= budget.limit() / 2;
            let has_enough = outside.answer(&mut || i64::from(has_enough())) != 0;
            Seen { has_enough, floor: UnixMillis(outside.answer(&mut || feedback.latest().0)) }
        }));
    }

    /// Whether the open request of a lane is better not closed, as the lane has enough to do: newer totals take the place of
    /// those in it, so that what waits for a back-end is bounded by series, however long that is away. What passes by takes
    /// less room compressed, and so does everything where room runs short.
    fn is_kept_open(&self, lane: usize) -> bool {
        let has_enough = self.seen.get(lane).is_some_and(|seen| seen.has_enough);
        let open = &self.lanes[lane].0.open;
        has_enough && 2 * open.totals() >= open.contents.series
    }

    /// Hands on all open requests.
    pub fn close_all(&mut self) {
        (0..self.lanes.len()).for_each(|lane| self.close(lane));
    }

    /// Hands on the requests of a lane.
    fn close(&mut self, lane: usize) {
        self.close_births(lane);
        self.hand_on(lane, |filling| Some(&mut filling.open));
    }

    #[inline]
    fn close_births(&mut self, lane: usize) {
        self.hand_on(lane, Filling::births);
    }

    /// Hands on a request that is being filled, in several if it is larger than one may be.
    fn hand_on(&mut self, lane: usize, which: impl Fn(&mut Filling) -> Option<&mut OpenRequest>) {
        let (filling, queue, feedback) = &mut self.lanes[lane];
        let Some(open) = which(filling).filter(|open| !open.is_empty()) else { return };
        let mut reservation = std::mem::replace(&mut open.reservation, self.budget.empty_reservation());
        self.written.samples.fetch_add(open.contents.samples as u64, Ordering::Relaxed);
        self.written.zeros.fetch_add(open.contents.zeros as u64, Ordering::Relaxed);
        let (most, contents, known) = (self.batch.most(), open.contents, Arc::new(open.known(feedback)));
        let (requests, _) = open.close(|bytes| {
            let mut place = 0;
            let mut request = |(part, contents): (&[u8], Contents)| {
                let body = compress(&mut self.compressor, part, &mut self.compressed);
                let own = KnownPart(Arc::clone(&known), place);
                place += contents.series;
                WriteRequest { known: Some(own), ..WriteRequest::new(body, contents) }
            };
            parts(bytes, contents, most).map(&mut request).collect::<Vec<_>>()
        });
        for request in requests {
            let mut own = reservation.another();
            own.settle(request.body.len());
            queue.push(request, own);
        }
        reservation.settle(0);
    }

    /// Totals of a lane are written with later times than this.
    #[inline]
    pub fn floor(&self, lane: usize) -> UnixMillis {
        self.seen.get(lane).map_or(UnixMillis::NEVER, |seen| seen.floor)
    }

    /// The numbers of totals, by lane, that a back-end may have refused since the last time.
    pub fn wishes(&self, outside: &mut dyn Outside) -> Vec<(usize, Range<u64>)> {
        let mut all = Vec::new();
        for (lane, (.., feedback)) in self.lanes.iter().enumerate() {
            let mut wishes = Vec::new();
            let count = outside.answer(&mut || {
                wishes = feedback.wishes();
                wishes.len() as i64
            });
            for index in 0..count as usize {
                let mut ask = |end: fn(&Range<u64>) -> u64| {
                    outside.answer(&mut || wishes.get(index).map_or(0, end).cast_signed()).cast_unsigned()
                };
                let numbers = ask(|numbers| numbers.start)..ask(|numbers| numbers.end);
                all.push((lane, numbers));
            }
        }
        all
    }

    /// Sends totals once more, in requests of their own.
    pub fn send_again(&mut self, lane: usize, bytes: &[u8], contents: Contents) {
        let (_, queue, _) = &self.lanes[lane];
        self.written.samples.fetch_add(contents.samples as u64, Ordering::Relaxed);
        for (part, contents) in parts(bytes, contents, self.batch.most()) {
            let body = compress(&mut self.compressor, part, &mut self.compressed);
            let mut reservation = self.budget.empty_reservation();
            reservation.settle(body.len());
            queue.push(WriteRequest::new(body, contents).meant_for(Purpose::Again), reservation);
        }
    }

    /// Sends a request without samples: its lane is of no importance. Who does not take it for so long never hears of it.
    pub fn send_metadata(&mut self, bytes: &[u8], now: UnixNanos) {
        let Some((_, queue, _)) = self.lanes.first() else { return };
        let body = compress(&mut self.compressor, bytes, &mut self.compressed);
        let mut reservation = self.budget.empty_reservation();
        reservation.settle(body.len());
        let purpose = Purpose::Metadata { until: now.plus(EVERY).to_millis() };
        queue.push(WriteRequest::new(body, Contents::default()).meant_for(purpose), reservation);
    }

    /// Puts a sample of `target_info` into the request of its own that is sent next. Its lane is of no importance, as whoever
    /// writes it writes the same.
    pub fn write_target(&mut self, labels: &[u8], time: UnixMillis) {
        let Batching { samples, bytes, .. } = self.batch;
        let Told { bytes: told, contents, step } = &mut self.targets;
        if contents.samples > 0
            && (contents.samples >= samples || told.len() + labels.len() + SERIES_OVERHEAD > bytes || *step != time)
        {
            self.send_targets();
        }
        let Told { bytes: told, contents, step } = &mut self.targets;
        *step = time;
        encode::series(labels, 1.0, time, told);
        contents.add_series();
    }

    /// Sends what there is of `target_info`.
    pub fn send_targets(&mut self) {
        let Some((_, queue, _)) = self.lanes.first().filter(|_| self.targets.contents.samples > 0) else { return };
        let Told { bytes, contents, step } = std::mem::take(&mut self.targets);
        self.written.samples.fetch_add(contents.samples as u64, Ordering::Relaxed);
        let body = compress(&mut self.compressor, &bytes, &mut self.compressed);
        let mut reservation = self.budget.empty_reservation();
        reservation.settle(body.len());
        let purpose = Purpose::TargetInfo { until: step.plus(EVERY) };
        queue.push(WriteRequest::new(body, contents).meant_for(purpose), reservation);
    }

    /// Charges what the open requests hold now.
    pub fn settle(&mut self) {
        self.lanes.iter_mut().for_each(|(filling, ..)| filling.settle());
    }

    /// What requests are charged to.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.budget.clone()
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let filling: usize = self.lanes.iter().map(|(filling, ..)| filling.memory()).sum();
        filling
            + self.lanes.len() * size_of::<(Filling, Lane<WriteRequest>, Feedback)>()
            + self.streams.capacity()
            + self.compressed.capacity()
    }
}

/// `bytes` in Snappy's block format. `buffer` is kept for the next time.
fn compress(compressor: &mut snap::raw::Encoder, bytes: &[u8], buffer: &mut Vec<u8>) -> Bytes {
    let most = snap::raw::max_compress_len(bytes.len());
    if buffer.len() < most {
        buffer.resize(most, 0);
    }
    // Only a request of more than 4 GiB fails; it is closed long before.
    let length = compressor.compress(bytes, buffer).unwrap_or(0);
    Bytes::copy_from_slice(&buffer[..length])
}
