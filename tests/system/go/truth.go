package main

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A point as this program prints it; what a kind does not have is left out.
type entry struct {
	Name         string         `json:"name"`
	Unit         string         `json:"unit"`
	Kind         string         `json:"kind"`
	Attributes   map[string]any `json:"attributes"`
	Value        any            `json:"value,omitempty"`
	Count        *uint64        `json:"count,omitempty"`
	Sum          any            `json:"sum,omitempty"`
	Min          any            `json:"min,omitempty"`
	Max          any            `json:"max,omitempty"`
	Bounds       []float64      `json:"bounds,omitempty"`
	BucketCounts []uint64       `json:"bucket_counts,omitempty"`
	Scale        *int32         `json:"scale,omitempty"`
	ZeroCount    *uint64        `json:"zero_count,omitempty"`
	Positive     *buckets       `json:"positive,omitempty"`
	Negative     *buckets       `json:"negative,omitempty"`
}

type buckets struct {
	Offset int32    `json:"offset"`
	Counts []uint64 `json:"counts"`
}

func read(ctx context.Context, reader *sdk.ManualReader) ([]entry, error) {
	var data metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &data); err != nil {
		return nil, err
	}
	var all []entry
	for _, scope := range data.ScopeMetrics {
		for _, metric := range scope.Metrics {
			entries, err := entriesOf(metric.Data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", metric.Name, err)
			}
			for _, e := range entries {
				e.Name, e.Unit = metric.Name, metric.Unit
				all = append(all, e)
			}
		}
	}
	return all, nil
}

func entriesOf(data metricdata.Aggregation) ([]entry, error) {
	switch data := data.(type) {
	case metricdata.Sum[int64]:
		return numbers(sumKind(data.IsMonotonic), data.DataPoints), nil
	case metricdata.Sum[float64]:
		return numbers(sumKind(data.IsMonotonic), data.DataPoints), nil
	case metricdata.Gauge[float64]:
		return numbers("gauge", data.DataPoints), nil
	case metricdata.Histogram[float64]:
		return histograms(data.DataPoints), nil
	case metricdata.ExponentialHistogram[float64]:
		return exponentials(data.DataPoints), nil
	default:
		return nil, fmt.Errorf("unexpected %T", data)
	}
}

func sumKind(isMonotonic bool) string {
	if isMonotonic {
		return "counter"
	}
	return "updown"
}

func numbers[N int64 | float64](kind string, points []metricdata.DataPoint[N]) []entry {
	var entries []entry
	for _, p := range points {
		entries = append(entries, entry{Kind: kind, Attributes: mapOf(p.Attributes), Value: p.Value})
	}
	return entries
}

func histograms(points []metricdata.HistogramDataPoint[float64]) []entry {
	var entries []entry
	for _, p := range points {
		entries = append(entries, entry{
			Kind:         "histogram",
			Attributes:   mapOf(p.Attributes),
			Count:        &p.Count,
			Sum:          p.Sum,
			Min:          extreme(p.Min),
			Max:          extreme(p.Max),
			Bounds:       p.Bounds,
			BucketCounts: p.BucketCounts,
		})
	}
	return entries
}

func exponentials(points []metricdata.ExponentialHistogramDataPoint[float64]) []entry {
	var entries []entry
	for _, p := range points {
		entries = append(entries, entry{
			Kind:       "exponential",
			Attributes: mapOf(p.Attributes),
			Count:      &p.Count,
			Sum:        p.Sum,
			Min:        extreme(p.Min),
			Max:        extreme(p.Max),
			Scale:      &p.Scale,
			ZeroCount:  &p.ZeroCount,
			Positive:   bucketsOf(p.PositiveBucket),
			Negative:   bucketsOf(p.NegativeBucket),
		})
	}
	return entries
}

func bucketsOf(side metricdata.ExponentialBucket) *buckets {
	// None are a list of none in JSON, not a null.
	return &buckets{side.Offset, append([]uint64{}, side.Counts...)}
}

func extreme(e metricdata.Extrema[float64]) any {
	if value, defined := e.Value(); defined {
		return value
	}
	return nil
}

func mapOf(set attribute.Set) map[string]any {
	attributes := map[string]any{}
	for _, a := range set.ToSlice() {
		attributes[string(a.Key)] = a.Value.AsInterface()
	}
	return attributes
}
