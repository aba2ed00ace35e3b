//! Decisions about new streams, made by threads of their own: no request waits for a guest that it does not need, and no
//! network thread ever does.
//!
//! A stream belongs to the [`decider`] that its identity chooses, so that it is decided about once however many requests
//! bring it at the same time. What comes of it, a [`plan`], goes to the shard that takes the stream in.

pub mod decider;
mod memo;
pub mod plan;
mod remembered;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use crossbeam_channel::Sender;
use tokio::sync::oneshot;
use tokio::task;

use super::failed::{Failed, Full};
use super::keyed::KeyMap;
use super::request::Request;
use budget::Budget;
use clock::Clock;
use decider::{Decided, Message, Question};
use otlp::key::{FormKey, Keyer};
use otlp::points::Point;
use otlp::wire::Malformed;
use plan::Plan;
use streams::describe::{Context, Describer, IdentityKey, WireDescription};

/// So long the new streams of a request may take, in all; then its sender is told to come again. What has been decided by
/// then stays decided, so that every repetition gets further.
pub const DECISION_TIME: Duration = Duration::from_secs(5);

/// Bytes of points that a network thread looks at before others get their turn.
const BYTES_AT_ONCE: usize = 256 << 10;

/// What a new stream may take while it is decided about, bytes: its description, labels, and its places in tables.
const PLANNED_BYTES: usize = 1 << 10;

/// The deciders of a pipeline, as its intake sees them.
pub struct Deciders {
    /// The process's own.
    pub keyer: Keyer,
    /// A way to talk to each.
    pub inboxes: Vec<Sender<Message>>,
    /// The time.
    pub clock: Clock,
}

/// What a decider shows of itself.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Streams that the stages were asked about.
    pub decided: AtomicU64,
    /// Bytes of what it remembers and of its guests.
    pub memory: AtomicUsize,
}

/// What was decided about new streams of a request. Unless it reaches their shards it is given back, so that nothing is
/// decided twice.
pub struct Decisions<'d> {
    deciders: &'d Deciders,
    by_key: Plans,
    has_arrived: bool,
}

/// What was decided about streams, by the keys of their byte forms.
pub type Plans = Arc<KeyMap<FormKey, Decided>>;

impl Deciders {
    /// Decides about the streams of `points`, which all belong to `request`. `again` says that their shard has told that it
    /// does not know them. What is decided is charged to `budget` meanwhile.
    ///
    /// # Errors
    /// [`Failed`]: a description is malformed, a guest has failed, there is no room, or it takes too long.
    pub async fn decide(
        &self,
        request: &Arc<Request>,
        points: &[Point],
        again: bool,
        budget: &Budget,
    ) -> Result<Decisions<'_>, Failed> {
        let mut answers = Vec::new();
        for (decider, points) in self.choose(request, points).await?.into_iter().enumerate() {
            if points.is_empty() {
                continue;
            }
            let full = || Failed::Full(Full::InFlight { limit: budget.limit() });
            let reservation = budget.reserve(points.len() * PLANNED_BYTES).ok_or_else(full)?;
            let keys: Vec<FormKey> = points.iter().map(|point| point.key).collect();
            let (reply, answer) = oneshot::channel();
            let question = Question { request: Arc::clone(request), points, again, reservation, reply };
            self.inboxes[decider].send(Message::Decide(question)).map_err(|_| Failed::Stopping)?;
            answers.push((keys, answer));
        }
        let all = async {
            let mut by_key = KeyMap::default();
            for (keys, answer) in answers {
                let decided = answer.await.unwrap_or(Err(Failed::Stopping))?;
                by_key.extend(keys.into_iter().zip(decided));
            }
            Ok(Decisions { deciders: self, by_key: Arc::new(by_key), has_arrived: false })
        };
        tokio::select! {
            decided = all => decided,
            () = self.clock.sleep(DECISION_TIME) => Err(Failed::Undecided),
        }
    }

    /// Which decider a key belongs to.
    fn of(&self, key: u128) -> usize {
        (key % self.inboxes.len() as u128) as usize
    }

    /// Which decider each point belongs to, one point of each byte form. Where there are several deciders all descriptions are
    /// checked first.
    async fn choose(&self, request: &Request, points: &[Point]) -> Result<Vec<Vec<Point>>, Failed> {
        let mut seen = KeyMap::default();
        let points = points.iter().filter(|point| seen.insert(point.key, ()).is_none());
        if let [_] = self.inboxes.as_slice() {
            return Ok(vec![points.copied().collect()]);
        }
        let mut parts = vec![Vec::new(); self.inboxes.len()];
        let (mut describer, mut checked) = (Describer::new(self.keyer.clone()), Context::default());
        let mut bytes = 0;
        for point in points {
            let written = WireDescription::of(point, &request.places, &request.bytes);
            let key = identity_key(&written, &mut describer, &mut checked).map_err(Failed::Malformed)?;
            parts[self.of(key.map_or(point.key.0, |IdentityKey(key)| key))].push(*point);
            bytes += written.point.len();
            if bytes >= BYTES_AT_ONCE {
                bytes = 0;
                task::yield_now().await;
            }
        }
        Ok(parts)
    }
}

/// The key of an identity; none if its description is too long. It is checked in any case.
fn identity_key(
    written: &WireDescription<'_>,
    describer: &mut Describer,
    checked: &mut Context,
) -> Result<Option<IdentityKey>, Malformed> {
    if written.is_too_long()? {
        written.check(checked)?;
        return Ok(None);
    }
    describer.key(written).map(Some)
}

impl Decisions<'_> {
    /// The shard that owns the stream of `key`.
    #[must_use]
    pub fn shard(&self, key: FormKey) -> Option<usize> {
        self.by_key.get(&key).map(|decided| decided.shard)
    }

    /// All of them, for the shards.
    #[must_use]
    pub fn plans(&self) -> Plans {
        Arc::clone(&self.by_key)
    }

    /// Says that the plans have reached their shards. `owns` is told which shard owns the stream of a key.
    pub fn arrived(mut self, mut owns: impl FnMut(FormKey, usize)) {
        self.has_arrived = true;
        self.by_key.iter().for_each(|(&key, decided)| owns(key, decided.shard));
    }
}

impl Drop for Decisions<'_> {
    fn drop(&mut self) {
        if self.has_arrived {
            return;
        }
        let mut plans = vec![Vec::new(); self.deciders.inboxes.len()];
        for decided in self.by_key.values() {
            if let Some(Plan::Take(plan)) = &decided.plan {
                plans[self.deciders.of(plan.key.0)].push(Arc::clone(plan));
            }
        }
        for (inbox, plans) in self.deciders.inboxes.iter().zip(plans) {
            inbox.send(Message::Keep(plans)).ok();
        }
    }
}
