//! A run at random, recorded.

use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use budget::{Budget, Reservation};
use bytes::Bytes;
use clock::{Clock, Hand, Moment, UnixNanos};
use crossbeam_channel::Sender;
use exporters::remote_write::encode;
use exporters::remote_write::labels::WriterLabels;
use exporters::scrape::ScrapedLabels;
use fastrand::Rng;
use otlp::key::{FormKey, Keyer};
use otlp::points::Point;
use otlp::scan;
use pipeline::context::RequestContext;
use pipeline::decide::decider::{self, Decided};
use pipeline::decide::plan::{Plan, StreamPlan};
use pipeline::output::Label;
use pipeline::request::Request;
use pipeline::shard::job::Answer;
use pipeline::shard::outside;
use pipeline::stage::Decide;
use pipeline::stream_limit::StreamLimit;
use prometheus::exposition::Visitor;
use prometheus::labels::{Labeller, Labelling};
use prometheus::targets::{Registry, Targets};
use streams::OutputStream;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::build::{self, Guests, Rigged, Shared};
use super::requests::Requests;
use super::tell::{Part, Shown, Told, What};
use crate::support::otlp::{BEGIN, SECOND};

const STEPS: usize = 150;

/// Bounds that the run reaches.
const HOST_STREAMS: u64 = 70;
const STREAMS: u64 = 25;
const QUEUE_BYTES: usize = 1 << 20;

/// Output streams of the other shard.
const STREAMS_ELSEWHERE: u32 = 6;

/// A run.
pub struct Record {
    pub begin: Moment,
    pub told: Vec<Told>,
    /// What was seen after each step.
    pub shown: Vec<Shown>,
    /// Answers from outside.
    pub answers: Vec<i64>,
    /// Bodies of requests, lane by lane.
    pub requests: Vec<Vec<Bytes>>,
}

/// Records a run that `seed` decides about.
pub fn record(runtime: &Runtime, guests: &Guests, keyer: &Keyer, seed: u64) -> Record {
    let mut run = Run::begin(guests, keyer, seed);
    for _ in 0..STEPS {
        run.step();
    }
    run.tell(What::Flush);
    run.end(runtime)
}

struct Run<'k> {
    random: Rng,
    keyer: &'k Keyer,
    clock: Clock,
    hand: Hand,
    requests: Requests,
    /// Jobs that the shard gave back, with what has been decided since.
    back: Vec<Part>,
    decider: Sender<decider::Message>,
    others: Others,
    shard: Rigged,
    begin: Moment,
    told: Vec<Told>,
    shown: Vec<Shown>,
    answers: Receiver<i64>,
}

impl<'k> Run<'k> {
    fn begin(guests: &Guests, keyer: &'k Keyer, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let (clock, hand) = Clock::manual(UnixNanos(BEGIN));
        let shared = Shared::new(Some(HOST_STREAMS), Some(STREAMS), QUEUE_BYTES, Registry::default());
        let (recorder, answers) = mpsc::channel();
        let outside = Box::new(outside::Recording(recorder));
        let begin = clock.moment();
        let shard = Rigged::build(guests, &shared, keyer, &clock, Some(random.fork()), outside, begin);
        Self {
            keyer,
            requests: Requests::new(random.fork()),
            back: Vec::new(),
            decider: decider(guests, keyer, &clock),
            others: Others::new(&shared, random.fork()),
            random,
            clock,
            hand,
            shard,
            begin,
            told: Vec::new(),
            shown: Vec::new(),
            answers,
        }
    }

    fn step(&mut self) {
        self.pass_time();
        self.others.act(self.clock.now());
        match self.random.u32(..20) {
            0..12 => {
                let parts = self.parts();
                self.tell(What::Round(parts));
            }
            12..18 => self.tell(What::Tick),
            18 => self.tell(What::Ask(Visitor::Scraper)),
            _ => self.tell(What::Ask(Visitor::Person)),
        }
    }

    /// Most steps are short. Some are so long that streams go idle, a few that nothing of them is remembered; and the wall
    /// clock is set, by hours and back.
    fn pass_time(&mut self) {
        let milliseconds = match self.random.u32(..12) {
            0 => 0,
            1..9 => self.random.u64(..5_000),
            9..11 => self.random.u64(..60_000),
            _ => self.random.u64(..400_000),
        };
        self.hand.advance(std::time::Duration::from_millis(milliseconds));
        if self.random.u32(..15) == 0 {
            let seconds = self.random.i64(-4_000..4_000);
            self.hand.step_wall(seconds * SECOND.cast_signed());
        }
    }

    fn tell(&mut self, what: What) {
        let told = Told { what, now: self.clock.moment() };
        let answers = self.shard.tell(&told);
        self.shown.push(Shown::of(&self.shard, &told, &answers, self.keyer));
        if let What::Round(parts) = &told.what {
            for (part, answer) in parts.iter().zip(answers.jobs) {
                self.take_back(part, answer);
            }
        }
        self.told.push(told);
    }

    /// Jobs of a round: those that came back, and new ones.
    fn parts(&mut self) -> Vec<Part> {
        let mut parts = mem::take(&mut self.back);
        for _ in 0..self.random.usize(1..=3) {
            let bytes = self.requests.next(self.clock.now().0);
            parts.extend(self.part(bytes));
        }
        parts
    }

    /// The points of a request as a job; none if the request is malformed. Some jobs say that all their streams are known or
    /// decided about. Half of them have plans, as in a pipeline of several shards; the others have none, as where the shard
    /// has forgotten streams that it is believed to know.
    fn part(&mut self, bytes: Bytes) -> Option<Part> {
        let mut places = scan::scan(&bytes, self.keyer, &mut |_| true).ok()?;
        let points = mem::take(&mut places.points);
        let reservation = Budget::new(bytes.len()).empty_reservation();
        let request = Arc::new(Request { bytes, places, context: RequestContext::default(), reservation });
        let mut part = Part { request, points, prepared: self.random.bool(), plans: Vec::new() };
        if part.prepared && self.random.bool() {
            let points = part.points.clone();
            self.decide(&mut part, points, false)?;
        }
        Some(part)
    }

    fn take_back(&mut self, part: &Part, answer: Answer) {
        let Answer::Unplanned { points, unplanned } = answer else { return };
        let unplanned = unplanned.iter().map(|&index| points[index as usize]).collect();
        let mut back = Part { points, prepared: true, ..part.clone() };
        if self.decide(&mut back, unplanned, part.prepared).is_some() {
            self.back.push(back);
        }
    }

    /// Has the streams of `points` decided about; none if one of them is malformed.
    fn decide(&mut self, part: &mut Part, points: Vec<Point>, again: bool) -> Option<()> {
        let keys: Vec<FormKey> = points.iter().map(|point| point.key).collect();
        let (reply, answer) = oneshot::channel();
        let request = Arc::clone(&part.request);
        let reservation = Budget::new(0).empty_reservation();
        let question = decider::Question { request, points, again, reservation, reply };
        self.decider.send(decider::Message::Decide(question)).expect("the decider runs");
        let decided = answer.blocking_recv().expect("the decider answers").ok()?;
        for Decided { plan, .. } in &decided {
            if let Some(Plan::Take(plan)) = plan {
                self.others.meet(plan);
            }
        }
        part.plans.insert(0, Arc::new(keys.into_iter().zip(decided).collect()));
        Some(())
    }

    fn end(self, runtime: &Runtime) -> Record {
        self.decider.send(decider::Message::Stop).expect("the decider runs");
        let Self { begin, told, shown, shard, answers, .. } = self;
        let requests = shard.finish(runtime);
        Record { begin, told, shown, answers: answers.into_iter().collect(), requests }
    }
}

fn decider(guests: &Guests, keyer: &Keyer, clock: &Clock) -> Sender<decider::Message> {
    let labels: [Box<dyn Label>; 2] =
        [Box::new(WriterLabels::new(&build::settings())), Box::new(ScrapedLabels::new(&Labelling::default()))];
    let parts = decider::Parts {
        stages: guests.iter().map(|guest| -> Box<dyn Decide> { Box::new(guest.decide(clock)) }).collect(),
        labels: labels.into(),
        shards: 1,
        memo: 1 << 10,
        kept_bytes: 1 << 20,
        keyer: keyer.clone(),
        gauges: Arc::default(),
        clock: clock.clone(),
    };
    let (inbox, messages) = crossbeam_channel::unbounded();
    std::thread::spawn(move || parts.build().run(&messages));
    inbox
}

/// What other shards do with what all of them share.
struct Others {
    random: Rng,
    /// Streams of the host and of the stages, and how many of them are the others'.
    limits: [(Arc<StreamLimit>, u64); 2],
    budget: Budget,
    /// What they hold of the exporter's queue.
    held: Option<Reservation>,
    targets: Targets,
    labeller: Labeller,
}

impl Others {
    fn new(shared: &Shared, random: Rng) -> Self {
        Self {
            random,
            limits: [(Arc::clone(&shared.host), 0), (Arc::clone(&shared.streams), 0)],
            budget: shared.budget.clone(),
            held: None,
            targets: Targets::new(shared.targets.clone(), 1),
            labeller: Labelling::default().labeller(),
        }
    }

    fn stream(&mut self) -> OutputStream {
        OutputStream(self.random.u32(..STREAMS_ELSEWHERE))
    }

    fn act(&mut self, now: UnixNanos) {
        match self.random.u32(..16) {
            0 => self.limits.iter_mut().for_each(|(stream_limit, streams)| {
                *streams += std::iter::repeat_with(|| stream_limit.join()).take_while(|joined| *joined).count() as u64;
            }),
            1..4 => self.limits.iter_mut().for_each(|(stream_limit, streams)| {
                (0..mem::take(streams)).for_each(|_| stream_limit.leave());
            }),
            4..6 => self.held = self.budget.reserve(self.budget.limit().saturating_sub(self.budget.used())),
            6..8 => self.held = None,
            8 => {
                let stream = self.stream();
                self.targets.remove(stream);
            }
            9..12 => {
                let stream = self.stream();
                self.targets.touch(stream, now);
                while self.targets.due(now, &mut |ask| ask()).is_some() {}
            }
            _ => {}
        }
    }

    /// They may have a stream of the same resource.
    fn meet(&mut self, plan: &StreamPlan) {
        if self.random.u32(..8) > 0 {
            return;
        }
        let (stream, view) = (self.stream(), plan.sent.view());
        let labels = self.labeller.target_info(view).map(encode::labels);
        self.targets.remove(stream);
        self.targets.insert(stream, view.resource_key(), || labels);
    }
}
