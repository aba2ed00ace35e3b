use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use clock::{Clock, Hand, UnixNanos};
use component::authenticator::Pending;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use super::SECRET;
use crate::sigv4auth::credentials::Cache;
use crate::sigv4auth::credentials::source::{Failure, Source};

const START: u64 = 1_767_323_045;
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Answers when a test lets it, with what the test says.
#[derive(Clone)]
struct Script {
    permits: Arc<Semaphore>,
    answers: Arc<Mutex<Vec<Result<Credentials, Failure>>>>,
}

impl Source for Script {
    fn fetch(&self) -> Pending<'_, Result<Credentials, Failure>> {
        Box::pin(async {
            self.permits.acquire().await.expect("open").forget();
            let mut answers = self.answers.lock().expect("nobody panics");
            if answers.is_empty() { Err(Failure("nothing is said".into())) } else { answers.remove(0) }
        })
    }
}

struct Rig {
    cache: Arc<Cache>,
    script: Script,
    hand: Hand,
}

impl Rig {
    fn new(answers: Vec<Result<Credentials, Failure>>) -> Self {
        let (clock, hand) = Clock::manual(UnixNanos(START * 1_000_000_000));
        let script = Script { permits: Arc::new(Semaphore::new(0)), answers: Arc::new(Mutex::new(answers)) };
        Self { cache: Arc::new(Cache::new("sigv4auth", Box::new(script.clone()), clock)), script, hand }
    }

    async fn get(&self) -> Result<String, Failure> {
        let held = self.cache.get().await?;
        for _ in 0..32 {
            yield_now().await;
        }
        Ok(held.credentials.access_key_id().to_owned())
    }

    fn fetched(&self) -> (u64, u64) {
        let counts = self.cache.counts();
        (counts.fetched.load(Ordering::Relaxed), counts.failed.load(Ordering::Relaxed))
    }
}

/// Credentials that end so long after the start.
fn until(key: &str, end: Duration) -> Credentials {
    Credentials::new(key, SECRET, None, Some(UNIX_EPOCH + Duration::from_secs(START) + end), "test")
}

fn no() -> Result<Credentials, Failure> {
    Err(Failure("no".into()))
}

/// Scenario: several requests need credentials at once, and the first gives up. Guarantee: one fetch serves all.
#[tokio::test]
async fn one_fetch_serves_all() {
    let rig = Rig::new(vec![Ok(until("a", HOUR))]);
    assert!(tokio::time::timeout(Duration::from_millis(20), rig.get()).await.is_err());
    let others = async { tokio::join!(rig.get(), rig.get()) };
    rig.script.permits.add_permits(9);
    assert_eq!(others.await, (Ok("a".into()), Ok("a".into())));
    assert_eq!((rig.get().await, rig.fetched()), (Ok("a".into()), (1, 0)));
}

/// Scenario: credentials near their end. Guarantee: they are fetched anew before it, and nobody waits; a fetch that fails
/// then takes nothing away.
#[tokio::test]
async fn renewal_is_ahead() {
    let rig = Rig::new(vec![Ok(until("a", HOUR)), no(), Ok(until("b", 2 * HOUR))]);
    rig.script.permits.add_permits(9);
    assert_eq!(rig.get().await, Ok("a".into()));
    rig.hand.advance(HOUR * 3 / 4 - SECOND);
    assert_eq!((rig.get().await, rig.fetched()), (Ok("a".into()), (1, 0)));
    rig.hand.advance(SECOND);
    assert_eq!((rig.get().await, rig.fetched()), (Ok("a".into()), (1, 1)));
    assert_eq!((rig.get().await, rig.fetched()), (Ok("a".into()), (1, 1)), "it is too early for another fetch");
    rig.hand.advance(SECOND);
    assert_eq!(rig.get().await, Ok("a".into()));
    assert_eq!((rig.get().await, rig.fetched()), (Ok("b".into()), (2, 1)));
}

/// Scenario: credentials have ended. Guarantee: nobody gets them.
#[tokio::test]
async fn the_end_is_the_end() {
    let rig = Rig::new(vec![Ok(until("a", HOUR)), Ok(until("b", 2 * HOUR))]);
    rig.script.permits.add_permits(9);
    assert_eq!(rig.get().await, Ok("a".into()));
    rig.hand.advance(HOUR);
    assert_eq!((rig.get().await, rig.fetched()), (Ok("b".into()), (2, 0)));
}

/// Scenario: there are no credentials, again and again. Guarantee: each says so, and who gives them out is left alone for
/// longer and longer.
#[tokio::test]
async fn failures_make_pauses() {
    let rig = Rig::new(vec![no(), no(), Ok(until("a", HOUR))]);
    rig.script.permits.add_permits(9);
    assert_eq!((rig.get().await, rig.fetched()), (Err(Failure("no".into())), (0, 1)));
    assert_eq!((rig.get().await, rig.fetched()), (Err(Failure("no".into())), (0, 1)));
    rig.hand.advance(SECOND);
    assert_eq!((rig.get().await, rig.fetched()), (Err(Failure("no".into())), (0, 2)));
    rig.hand.advance(SECOND);
    assert_eq!((rig.get().await, rig.fetched()), (Err(Failure("no".into())), (0, 2)));
    rig.hand.advance(SECOND);
    assert_eq!((rig.get().await, rig.fetched()), (Ok("a".into()), (1, 2)));
}

/// Scenario: a server refuses credentials that seem good, of which others have been replaced. Guarantee: only those that it
/// refuses are forgotten.
#[tokio::test]
async fn refused_ones_are_forgotten() {
    let rig = Rig::new(vec![Ok(until("a", HOUR)), Ok(until("b", HOUR))]);
    rig.script.permits.add_permits(9);
    let first = rig.cache.get().await.expect("credentials").stamp;
    rig.cache.forget(first);
    assert_eq!(rig.get().await, Ok("b".into()));
    rig.cache.forget(first);
    assert_eq!((rig.get().await, rig.fetched()), (Ok("b".into()), (2, 0)));
}

/// Scenario: what was fetched says that it has ended, as on a machine whose clock is far ahead. Guarantee: it is used for a
/// while all the same, and not fetched for each request.
#[tokio::test]
async fn a_wrong_clock_does_not_ask_for_ever() {
    let ended = Credentials::new("a", SECRET, None, Some(UNIX_EPOCH), "test");
    let rig = Rig::new(vec![Ok(ended)]);
    rig.script.permits.add_permits(9);
    assert_eq!((rig.get().await, rig.fetched()), (Ok("a".into()), (1, 0)));
    assert_eq!((rig.get().await, rig.fetched()), (Ok("a".into()), (1, 0)));
}
