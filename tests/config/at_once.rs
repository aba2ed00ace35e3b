//! All problems of a file come at once.

use crate::attempt::read;

/// Every section, every stage of reading: the Collector would stop after the first stage that finds something.
#[test]
fn everything_at_once() {
    let attempt = read(include_str!("fixtures/several.yaml"));
    let expected = [
        (1, "recievers"),
        (5, "processors.batch.timeot"),
        (6, "processors.batch.send_batch_size"),
        (7, "processors.memory_limiter.check_interval"),
        (7, "processors.memory_limiter.limit_mib"),
        (8, "processors.delta_to_cumulative.ordering"),
        (8, "processors.delta_to_cumulative.max_stream"),
        (11, "exporters.prometheus_remote_write.endpoint"),
        (12, "exporters.prometheus_remote_write.retry_on_failure.initial_interval"),
        (14, "service.telemetry.logs.level"),
        (16, "service.pipelines.metrics.receivers"),
        (17, "service.pipelines.metrics.processors"),
        (18, "service.pipelines.metrics.exporters"),
        (19, "service.pipelines.traces"),
    ];
    let expected = expected.map(|(line, path)| (line, path.to_owned()));
    assert_eq!(attempt.places(), expected, "{}", attempt.report);
}
