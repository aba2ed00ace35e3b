"""Sends metrics of every kind through the real OpenTelemetry SDK and prints what the SDK says they add up to.

python metrics.py grpc|http/protobuf ENDPOINT delta|cumulative INSTANCE

OTEL_EXPORTER_OTLP_COMPRESSION=gzip compresses what is sent.

The expected values come from a second reader of the same SDK, a cumulative one that is read once, at the end. An
exponential histogram's scale depends on when it was collected: compare two at the lower of their scales.
"""

import json
import math
import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider, ObservableCounter, UpDownCounter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    InMemoryMetricReader,
    MetricExportResult,
    PeriodicExportingMetricReader,
    Sum,
)
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

EXPORTS = 4
# A value that is a multiple of this has an exact sum in any order.
QUARTER = 0.25
BOUNDS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000]
# What an exemplar refers to.
TRACE_ID = 0x0AF7651916CD43DD8448EB211C80319C
SPAN_ID = 0xB7AD6B7169203331

TEMPORALITIES = {
    "cumulative": {},
    # The specification's preference leaves up-down counters cumulative. Here the synchronous one becomes delta too, and
    # the observable one stays as it is.
    "delta": dict.fromkeys(
        [Counter, ObservableCounter, Histogram, UpDownCounter],
        AggregationTemporality.DELTA,
    ),
}


def main(protocol, endpoint, temporality, instance):
    exporter = exporter_of(protocol, endpoint, TEMPORALITIES[temporality])
    # Flushed by hand, so that a run takes no longer than it must.
    sent = PeriodicExportingMetricReader(exporter, export_interval_millis=math.inf)
    expected = InMemoryMetricReader()
    provider = MeterProvider(
        metric_readers=[sent, expected],
        resource=Resource({"service.name": "python-sdk", "service.instance.id": instance}),
        views=[View(instrument_name="py.latency", aggregation=ExponentialBucketHistogramAggregation())],
    )
    work = Work(provider.get_meter("alluvium.tests.python", "1.0.0"))
    for round in range(1, EXPORTS + 1):
        work.play(round)
        sent.force_flush()
        if exporter.result is not MetricExportResult.SUCCESS:
            sys.exit(f"export {round} of {EXPORTS} failed")
    truth = list(entries(expected.get_metrics_data()))
    provider.shutdown()
    print(json.dumps(truth, allow_nan=False))


def exporter_of(protocol, endpoint, temporality):
    """The SDK's exporter, which keeps what became of the last export: the reader that calls it does not."""
    base, target = {
        "grpc": (GrpcExporter, endpoint),
        "http/protobuf": (HttpExporter, f"{endpoint}/v1/metrics"),
    }[protocol]

    class Exporter(base):
        result = None

        def export(self, *args, **kwargs):
            # Stays if the exporter raises, which the reader only logs.
            self.result = MetricExportResult.FAILURE
            self.result = super().export(*args, **kwargs)
            return self.result

    return Exporter(endpoint=target, preferred_temporality=temporality)


class Work:
    """The instruments, and what is measured with them."""

    def __init__(self, meter):
        self.round = 0
        self.requests = meter.create_counter("py.requests", unit="{request}", description="Requests served")
        self.cost = meter.create_counter("py.cost", unit="USD", description="What the requests cost")
        self.connections = meter.create_up_down_counter("py.connections", unit="{connection}")
        self.duration = meter.create_histogram("py.duration", unit="s", explicit_bucket_boundaries_advisory=BOUNDS)
        self.latency = meter.create_histogram("py.latency", unit="ms")
        # Called once for each of the two readers: these answer the same until the next round.
        meter.create_observable_gauge("py.temperature", [self.temperature], unit="Cel")
        meter.create_observable_counter("py.cpu.time", [self.cpu_time], unit="s")
        meter.create_observable_up_down_counter("py.queue.length", [self.queue_length], unit="{item}")

    def play(self, round):
        self.round = round
        for index, route in enumerate(["/", "/users", "/orders"]):
            # Each route rests for a round, and the last one comes late.
            if (index + round) % EXPORTS == 0 or round <= index - 1:
                continue
            attributes = {"http.route": route, "index": index}
            # Only what is measured within a sampled span may become an exemplar.
            with trace.use_span(sampled_span() if route == "/users" else trace.INVALID_SPAN):
                self.requests.add(10 * round + index, attributes)
                self.cost.add((3 * round + index) * QUARTER, attributes)
                # On bounds, between them, and beyond the last.
                for value in [QUARTER, round, 10 * round + index * QUARTER, 999.75 + index * round]:
                    self.duration.record(value, attributes)
                # Wider in each round, so that the scale falls; in the end from 2^-24 to 2^18, whose sum is still exact.
                for exponent in range(-6 * round, 5 * round + 1, 3):
                    self.latency.record(2.0**exponent * (1 + index * QUARTER), attributes)
                self.latency.record(0, attributes)
        # Nothing but zeros in the first export, which says nothing of a scale.
        if round % 2:
            self.latency.record(0 if round == 1 else 1.5, {"http.route": "/health"})
        for pool, steps in {"read": [5, 3, -9, -4], "write": [-7, 2, 0, 8], "admin": [0, 0, 1, -1]}.items():
            if steps[round - 1]:
                self.connections.add(steps[round - 1], {"pool": pool})

    def temperature(self, _):
        yield Observation(20.5 + self.round, {"room": "north"})
        yield Observation(-3.25 * self.round, {"room": "south"})

    def cpu_time(self, _):
        yield Observation(self.round * 1.5, {"cpu": 0})
        yield Observation(self.round * self.round * QUARTER, {"cpu": 1})

    def queue_length(self, _):
        yield Observation(6 - 4 * self.round, {"queue": "mail"})
        yield Observation(self.round, {"queue": "print"})


def sampled_span():
    """A sampled span that somebody else records."""
    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
    return trace.NonRecordingSpan(trace.SpanContext(TRACE_ID, SPAN_ID, is_remote=False, trace_flags=flags))


def entries(data):
    """The points as this program prints them."""
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    yield {
                        "name": metric.name,
                        "unit": metric.unit,
                        "attributes": dict(point.attributes),
                        **values(metric.data, point),
                    }


def values(data, point):
    if isinstance(point, HistogramDataPoint):
        return {
            "kind": "histogram",
            **statistics(point),
            "bounds": list(point.explicit_bounds),
            "bucket_counts": list(point.bucket_counts),
        }
    if isinstance(point, ExponentialHistogramDataPoint):
        return {
            "kind": "exponential",
            **statistics(point),
            "scale": point.scale,
            "zero_count": point.zero_count,
            "positive": buckets(point.positive),
            "negative": buckets(point.negative),
        }
    if isinstance(data, Sum):
        return {"kind": "counter" if data.is_monotonic else "updown", "value": point.value}
    return {"kind": "gauge", "value": point.value}


def statistics(point):
    return {"count": point.count, "sum": point.sum, "min": point.min, "max": point.max}


def buckets(side):
    # Buckets that nothing fell into are one bucket of nothing to the SDK.
    counts = list(side.bucket_counts)
    return {"offset": side.offset, "counts": counts} if any(counts) else {"offset": 0, "counts": []}


if __name__ == "__main__":
    main(*sys.argv[1:])
