//! The thread of a shard: what waits in its inbox is cut into rounds, and each gets the time.

use std::sync::atomic::Ordering;

use crossbeam_channel::Receiver;

use super::job::{Job, Message};
use super::{Parts, Shard, outside};
use crate::batch::BATCH_POINTS;
use clock::Clock;

/// Runs a shard until it is told to stop, or nobody is left to tell it anything.
pub fn run(parts: Parts, clock: &Clock, inbox: &Receiver<Message>) {
    let mut shard = parts.build(Box::new(outside::Live), clock.moment());
    while let Ok(message) = inbox.recv() {
        let mut next = Some(message);
        while let Some(message) = next.take() {
            match message {
                Message::Job(job) => next = round(&mut shard, job, clock, inbox),
                Message::Tick => {
                    shard.gauges.ticking.store(false, Ordering::Release);
                    shard.tick(clock.moment());
                }
                Message::TickAndAnswer(reply) => {
                    shard.tick(clock.moment());
                    reply.send(()).ok();
                }
                Message::Ask(mut question, reply) => {
                    shard.ask(&mut question, clock.moment());
                    reply.send(question).ok();
                }
                Message::Stop(reply) => {
                    shard.flush(clock.moment());
                    reply.send(()).ok();
                    return;
                }
            }
        }
    }
}

/// A round of `job` and the jobs that wait behind it, up to a batch. Returns a message of another kind that it met.
fn round(shard: &mut Shard, job: Job, clock: &Clock, inbox: &Receiver<Message>) -> Option<Message> {
    let now = clock.moment();
    let mut points = job.points.len();
    let mut jobs = vec![job];
    let mut met = None;
    while points < BATCH_POINTS && met.is_none() {
        match inbox.try_recv() {
            Ok(Message::Job(job)) => {
                points += job.points.len();
                jobs.push(job);
            }
            Ok(message) => met = Some(message),
            Err(_) => break,
        }
    }
    shard.round(jobs, now);
    met
}
