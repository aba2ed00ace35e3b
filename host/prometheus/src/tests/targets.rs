use std::time::Duration;

use clock::UnixNanos;
use streams::OutputStream;

use crate::targets::{Registry, Targets};

const BEGIN: UnixNanos = UnixNanos(1_790_000_000_000_000_000);

fn insert(targets: &mut Targets, stream: u32, resource: u64, labels: &str) {
    targets.insert(OutputStream(stream), resource, || Some(labels.as_bytes().to_vec()));
}

fn due(targets: &mut Targets, now: UnixNanos) -> Vec<String> {
    let mut due = Vec::new();
    while let Some((labels, _)) = targets.due(now, &mut |ask| ask()) {
        due.push(String::from_utf8_lossy(&labels).into_owned());
    }
    due
}

/// A resource goes with its last stream, and another takes its number: who asks for the first again gets it, not the other.
#[test]
fn a_resource_that_comes_back_is_itself() {
    let mut targets = Targets::new(Registry::default(), 0);
    insert(&mut targets, 0, 10, "first");
    targets.remove(OutputStream(0));
    insert(&mut targets, 1, 11, "second");
    insert(&mut targets, 2, 10, "first");
    targets.touch(OutputStream(1), BEGIN);
    targets.touch(OutputStream(2), BEGIN);
    let mut told = due(&mut targets, BEGIN);
    told.sort_unstable();
    assert_eq!(told, ["first", "second"]);
}

/// One shard tells about a resource; when it has none of its streams any more, another does.
#[test]
fn another_shard_takes_over() {
    let registry = Registry::default();
    let mut shards = [Targets::new(registry.clone(), 0), Targets::new(registry, 1)];
    for shard in &mut shards {
        insert(shard, 0, 10, "resource");
        shard.touch(OutputStream(0), BEGIN);
    }
    assert_eq!(due(&mut shards[0], BEGIN), ["resource"]);
    assert!(due(&mut shards[1], BEGIN).is_empty());
    shards[0].remove(OutputStream(0));
    shards[1].touch(OutputStream(0), BEGIN.plus(Duration::from_secs(60)));
    assert_eq!(due(&mut shards[1], BEGIN.plus(Duration::from_secs(60))), ["resource"]);
}

/// Two hosts write the same resource, with clocks and points of their own. Guarantee: what they write is the same samples: one
/// for each minute in which there are points, at its beginning.
#[test]
fn hosts_write_the_same() {
    const SECOND: Duration = Duration::from_secs(1);
    // Twenty seconds into a minute.
    let at = |seconds: u32| BEGIN.plus(seconds * SECOND);
    let mut told = Vec::new();
    for (offset, step) in [(0, 7), (13, 11)] {
        let mut targets = Targets::new(Registry::default(), 0);
        insert(&mut targets, 0, 10, "resource");
        let mut own = Vec::new();
        for seconds in (offset..300).step_by(step) {
            if !(95..=221).contains(&seconds) {
                targets.touch(OutputStream(0), at(seconds).minus(3 * SECOND));
            }
            while let Some((_, time)) = targets.due(at(seconds), &mut |ask| ask()) {
                own.push((time.0 - BEGIN.to_millis().0) / 1_000);
            }
        }
        told.push(own);
    }
    assert_eq!(told, vec![vec![-20, 40, 100, 220, 280]; 2]);
}

/// 200,000 resources come and go in seconds: neither depends on how many others there are. (Looking at all of them for
/// each takes minutes.)
#[test]
fn many_resources() {
    const RESOURCES: u32 = 200_000;
    let mut targets = Targets::new(Registry::default(), 0);
    for stream in 0..RESOURCES {
        insert(&mut targets, stream, u64::from(stream), &stream.to_string());
    }
    assert_eq!(targets.labels().count(), RESOURCES as usize);
    (0..RESOURCES).for_each(|stream| targets.remove(OutputStream(stream)));
    assert_eq!(targets.labels().count(), 0);
}
