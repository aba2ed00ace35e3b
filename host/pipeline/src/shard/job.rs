//! What a shard is told, and what it answers.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use crossbeam_channel::Sender;
use tokio::sync::oneshot;

use crate::context::RequestContext;
use crate::decide::Plans;
use crate::decide::plan::Plan;
use crate::intake::refusal::{Full, TooLarge};
use crate::outcome::Outcome;
use crate::stage::StageError;
use budget::Reservation;
use otlp::points::{Point, Points};
use otlp::wire::Malformed;

/// What a shard is told.
pub enum Message {
    /// Points to be processed.
    Job(Job),
    /// Time has passed.
    Tick,
    /// Time has passed; answer when what had to be done is done.
    TickAndAnswer(oneshot::Sender<()>),
    /// A question of an exporter to its own part; comes back answered.
    Ask(Question, oneshot::Sender<Question>),
    /// No more jobs come: send on what is held back, answer and end.
    Stop(oneshot::Sender<()>),
}

/// A way to talk to a shard.
pub type Inbox = Sender<Message>;

/// What an exporter asks its part in a shard, and the answer.
pub type Question = Box<dyn Any + Send>;

/// Points of one request that belong to this shard.
pub struct Job {
    /// The request, whose bytes hold the descriptions.
    pub request: Arc<Request>,
    /// The points.
    pub points: Vec<Point>,
    /// Whether new streams were looked for. If not, the shard gives the job back as soon as it meets one.
    pub prepared: bool,
    /// What was decided about streams that the shard may not know, the newest first.
    pub plans: Vec<Plans>,
    /// Room reserved for what they turn into.
    pub reserved: Arc<[Reservation]>,
    /// Told when the job is done.
    pub reply: oneshot::Sender<Answer>,
}

impl Job {
    /// The plan of the stream of `key`, if one was made.
    #[must_use]
    pub fn plan(&self, key: u128) -> Option<&Plan> {
        self.plans.iter().find_map(|plans| plans.get(&key)?.plan.as_ref())
    }
}

/// What comes of a job.
pub enum Answer {
    /// It is done.
    Done(Outcome),
    /// Nothing has been done: it comes back, with the indexes of points for whose streams there is no plan.
    Unplanned {
        /// All of its points.
        points: Vec<Point>,
        /// Those without a plan.
        unplanned: Vec<u32>,
    },
}

/// A request, and where descriptions are in it.
pub struct Request {
    /// The `ExportMetricsServiceRequest`.
    pub bytes: Bytes,
    /// Its metrics, scopes and resources; the points have been taken out.
    pub places: Points,
    /// What else is known of it.
    pub context: RequestContext,
    /// Bytes in flight that are charged for it.
    pub reservation: Reservation,
}

/// Why a job came to nothing.
#[derive(Debug, Clone)]
pub enum Failed {
    /// The sender's fault, found in a description that was seen for the first time. Nothing was changed.
    Malformed(Malformed),
    /// A stage's. Sent again it does no harm: the points that did get through are recognised.
    Stage(StageError),
    /// There is no room for it now.
    Full(Full),
    /// There will never be room for it.
    TooLarge(TooLarge),
    /// It takes too long to decide about new streams.
    Undecided,
    /// The host is on its way out.
    Stopping,
}

impl Failed {
    /// Whether the same points may fare better when they come again.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::TooLarge(_) => false,
            Self::Stage(error) => error.may_retry,
            Self::Full(_) | Self::Undecided | Self::Stopping => true,
        }
    }
}
