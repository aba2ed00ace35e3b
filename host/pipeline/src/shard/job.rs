//! What a shard is told, and what it answers.

use std::any::Any;
use std::sync::Arc;

use crossbeam_channel::Sender;
use tokio::sync::oneshot;

use crate::decide::Plans;
use crate::decide::plan::Plan;
use crate::outcome::Outcome;
use crate::request::Request;
use budget::Reservation;
use otlp::key::FormKey;
use otlp::points::Point;

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
    pub fn plan(&self, key: FormKey) -> Option<&Plan> {
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
