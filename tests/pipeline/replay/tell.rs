//! What a shard is told, so that it can be told again, and what can be seen of it afterwards.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::Arc;

use clock::Moment;
use exporters::scrape::Scrape;
use otlp::key::Keyer;
use otlp::points::Point;
use pipeline::decide::Plans;
use pipeline::failed::Failed;
use pipeline::outcome::Outcome;
use pipeline::request::Request;
use pipeline::shard::job::{Answer, Job, Question};
use pipeline::shard::kept::KeptInput;
use prometheus::exposition::Visitor;
use tokio::sync::oneshot;

use super::build::Rigged;

/// What a shard is told, and what both clocks show.
pub struct Told {
    pub what: What,
    pub now: Moment,
}

pub enum What {
    Round(Vec<Part>),
    Tick,
    Ask(Visitor),
    Flush,
}

/// A job, apart from its reply.
#[derive(Clone)]
pub struct Part {
    pub request: Arc<Request>,
    pub points: Vec<Point>,
    pub prepared: bool,
    pub plans: Vec<Plans>,
}

/// What a shard answered.
#[derive(Default)]
pub struct Answers {
    /// To the jobs of a round, in order.
    pub jobs: Vec<Answer>,
    /// The lines of a page, and the words about families.
    pub page: Option<(Vec<String>, BTreeMap<String, String>)>,
}

/// What is seen after a step.
#[derive(Debug)]
pub struct Shown {
    pub answers: Vec<String>,
    page: Option<(Vec<String>, BTreeMap<String, String>)>,
    /// Requests that were handed to each lane so far.
    handed_on: Vec<usize>,
    /// After a page was asked for, and at the end.
    kept: Vec<KeptInput>,
}

impl What {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Round(_) => "round",
            Self::Tick => "tick",
            Self::Ask(_) => "ask",
            Self::Flush => "flush",
        }
    }
}

impl Rigged {
    pub fn tell(&mut self, told: &Told) -> Answers {
        let mut answers = Answers::default();
        match &told.what {
            What::Round(parts) => answers.jobs = self.round(parts, told.now),
            What::Tick => self.shard.tick(told.now),
            What::Ask(visitor) => answers.page = Some(self.ask(*visitor, told.now)),
            What::Flush => self.shard.flush(told.now),
        }
        answers
    }

    fn round(&mut self, parts: &[Part], now: Moment) -> Vec<Answer> {
        let job = |part: &Part| {
            let Part { request, points, prepared, plans } = part.clone();
            let (reply, answer) = oneshot::channel();
            (Job { request, points, prepared, plans, reserved: Arc::from([]), reply }, answer)
        };
        let (jobs, answers): (Vec<_>, Vec<_>) = parts.iter().map(job).unzip();
        self.shard.round(jobs, now);
        answers.into_iter().map(|mut answer| answer.try_recv().expect("each job is answered")).collect()
    }

    fn ask(&mut self, visitor: Visitor, now: Moment) -> (Vec<String>, BTreeMap<String, String>) {
        let mut question: Question = Box::new(Scrape { visitor, lines: Vec::new(), help: HashMap::new() });
        self.shard.ask(&mut question, now);
        let scrape = question.downcast::<Scrape>().expect("the question comes back");
        let lines = scrape.lines.iter().map(|line| line.text.clone()).collect();
        (lines, scrape.help.into_iter().collect())
    }
}

impl Shown {
    pub fn of(shard: &Rigged, told: &Told, answers: &Answers, keyer: &Keyer) -> Self {
        let is_looked_at = matches!(told.what, What::Ask(_) | What::Flush);
        Self {
            answers: answers.jobs.iter().map(text).collect(),
            page: answers.page.clone(),
            handed_on: shard.handed_on(),
            kept: if is_looked_at { shard.shard.kept(keyer) } else { Vec::new() },
        }
    }

    /// How many streams are known that have gone idle.
    pub fn idle(&self) -> usize {
        self.kept.iter().filter(|input| input.output.is_none()).count()
    }

    pub fn compare(&self, recorded: &Self, step: &str) {
        same(&self.answers, &recorded.answers, "an answer", step);
        same(&self.handed_on, &recorded.handed_on, "requests of a lane", step);
        same(&self.kept, &recorded.kept, "what is kept of a stream", step);
        let (page, recorded) = (self.page.iter(), recorded.page.iter());
        for ((lines, help), (recorded_lines, recorded_help)) in page.zip(recorded) {
            same(lines, recorded_lines, "a line of the page", step);
            assert_eq!(help, recorded_help, "{step}");
        }
    }
}

/// Names the first that differs.
fn same<T: PartialEq + Debug>(replayed: &[T], recorded: &[T], what: &str, step: &str) {
    let differs = replayed.iter().zip(recorded).position(|(replayed, recorded)| replayed != recorded);
    if let Some(at) = differs {
        panic!("{step}: {what} differs, at {at}: {:?}, and recorded was {:?}", replayed[at], recorded[at]);
    }
    assert_eq!(replayed.len(), recorded.len(), "{step}: {what} differs in number");
}

fn text(answer: &Answer) -> String {
    match answer {
        Answer::Unplanned { points, unplanned } => format!("of {} without a plan: {unplanned:?}", points.len()),
        Answer::Done(Outcome { filtered, dropped, lost, failed }) => {
            let failed = failed.as_ref().map(why);
            format!("filtered {filtered:?}, dropped {dropped:?}, lost {lost}, failed {failed:?}")
        }
    }
}

/// What happened to a call is not recorded, only whether it may be retried.
fn why(failed: &Failed) -> String {
    match failed {
        Failed::Malformed(malformed) => format!("malformed: {malformed:?}"),
        Failed::Stage(error) => format!("may retry: {}", error.may_retry),
        other => unreachable!("no shard fails like this: {other:?}"),
    }
}
