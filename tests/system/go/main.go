// Sends metrics of every kind through the real OpenTelemetry SDK and prints what the SDK says they add up to.
//
//	metrics grpc|http/protobuf ENDPOINT delta|cumulative INSTANCE
//
// OTEL_EXPORTER_OTLP_COMPRESSION=gzip compresses what is sent.
//
// The expected values come from a second reader of the same SDK, a cumulative one that is read once, at the end. An
// exponential histogram's scale depends on when it was collected: compare two at the lower of their scales.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
)

const (
	exports = 4
	// A value that is a multiple of this has an exact sum in any order.
	quarter = 0.25
)

var bounds = []float64{0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000}

// What an exemplar refers to: a sampled span that somebody else records.
var sampled = trace.NewSpanContext(trace.SpanContextConfig{
	TraceID: trace.TraceID{
		0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c,
	},
	SpanID:     trace.SpanID{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31},
	TraceFlags: trace.FlagsSampled,
})

var temporalities = map[string]sdk.TemporalitySelector{
	"cumulative": sdk.CumulativeTemporalitySelector,
	// The specification's preference leaves up-down counters cumulative. Here the synchronous one becomes delta too, and
	// the observable one stays as it is.
	"delta": func(kind sdk.InstrumentKind) metricdata.Temporality {
		if kind == sdk.InstrumentKindUpDownCounter {
			return sdk.DeltaTemporalitySelector(sdk.InstrumentKindCounter)
		}
		return sdk.DeltaTemporalitySelector(kind)
	},
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 5 {
		log.Fatal("metrics grpc|http/protobuf ENDPOINT delta|cumulative INSTANCE")
	}
	// Partial success, too, is a failure here.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Fatal(err) }))
	truth, err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(truth); err != nil {
		log.Fatal(err)
	}
}

func run(protocol, endpoint, temporality, instance string) ([]entry, error) {
	ctx := context.Background()
	exporter, err := exporterOf(ctx, protocol, endpoint, temporalities[temporality])
	if err != nil {
		return nil, err
	}
	// Flushed by hand, so that a run takes no longer than it must.
	sent := sdk.NewPeriodicReader(exporter, sdk.WithInterval(time.Hour))
	expected := sdk.NewManualReader()
	exponential := sdk.Stream{Aggregation: sdk.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}}
	provider := sdk.NewMeterProvider(
		sdk.WithReader(sent),
		sdk.WithReader(expected),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "go-sdk"), attribute.String("service.instance.id", instance),
		)),
		sdk.WithView(
			sdk.NewView(sdk.Instrument{Name: "go.latency"}, exponential),
			sdk.NewView(sdk.Instrument{Name: "go.balance"}, exponential),
		),
	)
	work, err := newWork(provider.Meter("alluvium.tests.go", metric.WithInstrumentationVersion("1.0.0")))
	if err != nil {
		return nil, err
	}
	for round := 1; round <= exports; round++ {
		work.play(ctx, round)
		if err := sent.ForceFlush(ctx); err != nil {
			return nil, fmt.Errorf("export %d of %d: %w", round, exports, err)
		}
	}
	truth, err := read(ctx, expected)
	if err != nil {
		return nil, err
	}
	// Exports once more, when nothing has happened since.
	return truth, provider.Shutdown(ctx)
}

func exporterOf(
	ctx context.Context, protocol, endpoint string, temporality sdk.TemporalitySelector,
) (sdk.Exporter, error) {
	switch {
	case temporality == nil:
		return nil, fmt.Errorf("no such temporality")
	case protocol == "grpc":
		return otlpmetricgrpc.New(ctx,
			otlpmetricgrpc.WithEndpointURL(endpoint), otlpmetricgrpc.WithTemporalitySelector(temporality))
	case protocol == "http/protobuf":
		return otlpmetrichttp.New(ctx,
			otlpmetrichttp.WithEndpointURL(endpoint+"/v1/metrics"), otlpmetrichttp.WithTemporalitySelector(temporality))
	default:
		return nil, fmt.Errorf("no such protocol: %s", protocol)
	}
}

// The instruments, and what is measured with them.
type work struct {
	round       float64
	requests    metric.Int64Counter
	cost        metric.Float64Counter
	connections metric.Int64UpDownCounter
	balance     metric.Float64UpDownCounter
	duration    metric.Float64Histogram
	latency     metric.Float64Histogram
}

func newWork(meter metric.Meter) (*work, error) {
	w := &work{}
	var errs [9]error
	w.requests, errs[0] = meter.Int64Counter("go.requests",
		metric.WithUnit("{request}"), metric.WithDescription("Requests served"))
	w.cost, errs[1] = meter.Float64Counter("go.cost",
		metric.WithUnit("USD"), metric.WithDescription("What the requests cost"))
	w.connections, errs[2] = meter.Int64UpDownCounter("go.connections", metric.WithUnit("{connection}"))
	// By its view a histogram of what was added, with negative buckets. The SDK keeps no sum of it, and sends a zero.
	w.balance, errs[3] = meter.Float64UpDownCounter("go.balance", metric.WithUnit("USD"))
	w.duration, errs[4] = meter.Float64Histogram("go.duration",
		metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(bounds...))
	w.latency, errs[5] = meter.Float64Histogram("go.latency", metric.WithUnit("ms"))
	// Called once for each of the two readers: these answer the same until the next round.
	_, errs[6] = meter.Float64ObservableGauge("go.temperature", metric.WithUnit("Cel"),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			o.Observe(20.5+w.round, metric.WithAttributes(attribute.String("room", "north")))
			o.Observe(-3.25*w.round, metric.WithAttributes(attribute.String("room", "south")))
			return nil
		}))
	_, errs[7] = meter.Float64ObservableCounter("go.cpu.time", metric.WithUnit("s"),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			o.Observe(w.round*1.5, metric.WithAttributes(attribute.Int("cpu", 0)))
			o.Observe(w.round*w.round*quarter, metric.WithAttributes(attribute.Int("cpu", 1)))
			return nil
		}))
	_, errs[8] = meter.Int64ObservableUpDownCounter("go.queue.length", metric.WithUnit("{item}"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(6-4*int64(w.round), metric.WithAttributes(attribute.String("queue", "mail")))
			o.Observe(int64(w.round), metric.WithAttributes(attribute.String("queue", "print")))
			return nil
		}))
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *work) play(ctx context.Context, round int) {
	w.round = float64(round)
	for index, route := range []string{"/", "/users", "/orders"} {
		// Each route rests for a round, and the last one comes late.
		if (index+round)%exports == 0 || round <= index-1 {
			continue
		}
		w.serve(ctx, float64(index), attribute.NewSet(attribute.String("http.route", route), attribute.Int("index", index)))
	}
	// Nothing but zeros in the first export, which says nothing of a scale.
	if round%2 == 1 {
		health := metric.WithAttributes(attribute.String("http.route", "/health"))
		w.latency.Record(ctx, 0.75*float64(round-1), health)
	}
	for pool, steps := range map[string][exports]int64{
		"read": {5, 3, -9, -4}, "write": {-7, 2, 0, 8}, "admin": {0, 0, 1, -1},
	} {
		if step := steps[round-1]; step != 0 {
			w.connections.Add(ctx, step, metric.WithAttributes(attribute.String("pool", pool)))
			w.balance.Add(ctx, float64(step)*quarter, metric.WithAttributes(attribute.String("account", pool)))
		}
	}
}

func (w *work) serve(ctx context.Context, index float64, attributes attribute.Set) {
	with := metric.WithAttributeSet(attributes)
	if index == 1 {
		// Only what is measured within a sampled span may become an exemplar.
		ctx = trace.ContextWithSpanContext(ctx, sampled)
	}
	w.requests.Add(ctx, int64(10*w.round+index), with)
	w.cost.Add(ctx, (3*w.round+index)*quarter, with)
	// On bounds, between them, and beyond the last.
	for _, value := range []float64{quarter, w.round, 10*w.round + index*quarter, 999.75 + index*w.round} {
		w.duration.Record(ctx, value, with)
	}
	// Wider in each round, so that the scale falls; in the end from 2^-24 to 2^18, whose sum is still exact.
	for exponent := -6 * int(w.round); exponent <= 5*int(w.round); exponent += 3 {
		w.latency.Record(ctx, math.Ldexp(1+index*quarter, exponent), with)
	}
	w.latency.Record(ctx, 0, with)
}
