// Writes vectors of routing keys and rings by the functions of the Collector's load-balancing exporter, which `make`
// puts beside this file.

package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand"
	"os"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

const requests = 160

var names = []string{"a", "B", "é", "service.name", "session.id", "model", "x.y", "", "user.email", "q\"<&>\u2028"}

var texts = []string{"", "claude-code", "value with spaces", "é\u2028<b>&\"\\\n\t", "7", strings.Repeat("x", 127),
	strings.Repeat("y", 128), "true", "stream/0"}

var doubles = []float64{0, math.Copysign(0, -1), 1.5, -2, 1e21, 1e-7, 123456789.25, 5e-324, math.MaxFloat64, 0.1}

var ints = []int64{0, 1, -1, 42, math.MaxInt64, math.MinInt64}

func fillValue(random *rand.Rand, value pcommon.Value, depth int) {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch random.Intn(kinds) {
	case 0:
	case 1:
		value.SetStr(texts[random.Intn(len(texts))])
	case 2:
		value.SetBool(random.Intn(2) == 0)
	case 3:
		value.SetInt(ints[random.Intn(len(ints))])
	case 4:
		value.SetDouble(doubles[random.Intn(len(doubles))])
	case 5:
		bytes := make([]byte, random.Intn(6))
		random.Read(bytes)
		value.SetEmptyBytes().FromRaw(bytes)
	case 6:
		fillMap(random, value.SetEmptyMap(), depth-1)
	case 7:
		slice := value.SetEmptySlice()
		for range random.Intn(4) {
			fillValue(random, slice.AppendEmpty(), depth-1)
		}
	}
}

// Keys stand once each.
func fillMap(random *rand.Rand, target pcommon.Map, depth int) {
	for _, index := range random.Perm(len(names))[:random.Intn(6)] {
		fillValue(random, target.PutEmpty(names[index]), depth)
	}
}

func request(random *rand.Rand) (pmetric.Metrics, bool) {
	metrics := pmetric.NewMetrics()
	resource := metrics.ResourceMetrics().AppendEmpty()
	fillMap(random, resource.Resource().Attributes(), 2)
	if random.Intn(2) == 0 {
		resource.Resource().Attributes().PutStr("service.name", texts[random.Intn(len(texts))])
	}
	scope := resource.ScopeMetrics().AppendEmpty()
	scope.Scope().SetName(texts[random.Intn(4)])
	scope.Scope().SetVersion(texts[random.Intn(4)])
	fillMap(random, scope.Scope().Attributes(), 1)
	metric := scope.Metrics().AppendEmpty()
	metric.SetName(texts[random.Intn(len(texts))])
	metric.SetUnit(texts[random.Intn(4)])
	metric.SetDescription(texts[random.Intn(4)])
	temporality := pmetric.AggregationTemporality(random.Intn(3))
	var attributes pcommon.Map
	switch random.Intn(5) {
	case 0:
		attributes = metric.SetEmptyGauge().DataPoints().AppendEmpty().Attributes()
	case 1:
		sum := metric.SetEmptySum()
		sum.SetAggregationTemporality(temporality)
		sum.SetIsMonotonic(random.Intn(2) == 0)
		attributes = sum.DataPoints().AppendEmpty().Attributes()
	case 2:
		histogram := metric.SetEmptyHistogram()
		histogram.SetAggregationTemporality(temporality)
		attributes = histogram.DataPoints().AppendEmpty().Attributes()
	case 3:
		histogram := metric.SetEmptyExponentialHistogram()
		histogram.SetAggregationTemporality(temporality)
		attributes = histogram.DataPoints().AppendEmpty().Attributes()
	case 4:
		attributes = metric.SetEmptySummary().DataPoints().AppendEmpty().Attributes()
	}
	fillMap(random, attributes, 2)
	_, named := resource.Resource().Attributes().Get("service.name")
	return metrics, named
}

func only(batches map[string]pmetric.Metrics) string {
	if len(batches) != 1 {
		panic("one point has one key")
	}
	for key := range batches {
		return key
	}
	return ""
}

func writeKeys(out *bufio.Writer) {
	random := rand.New(rand.NewSource(1))
	for range requests {
		metrics, named := request(random)
		bytes, err := pmetricotlp.NewExportRequestFromMetrics(metrics).MarshalProto()
		if err != nil {
			panic(err)
		}
		service := "-"
		if named {
			batches, _ := splitMetricsByResourceServiceName(metrics)
			service = fmt.Sprintf("%x.", only(batches))
		}
		fmt.Fprintf(out, "%x\t%s\t%x.\t%x.\t%x.\t%x.\n", bytes, service,
			only(splitMetricsByResourceID(metrics)), only(splitMetricsByMetricName(metrics)),
			only(splitMetricsByStreamID(metrics)),
			only(splitMetricsByAttributes(metrics, []string{"session.id", "a", "", "é"})))
	}
}

func writeRings(out *bufio.Writer) {
	random := rand.New(rand.NewSource(2))
	for _, port := range []string{"", ":4317"} {
		for _, size := range []int{1, 2, 3, 5, 10, 50, 300} {
			endpoints := make([]string, size)
			for index := range endpoints {
				endpoints[index] = fmt.Sprintf("10.%d.%d.%d%s", random.Intn(3), random.Intn(256), random.Intn(256), port)
			}
			slices.Sort(endpoints)
			ring := newHashRing(endpoints)
			digest := sha256.New()
			for _, item := range ring.items {
				fmt.Fprintf(digest, "%d %s\n", item.pos, item.endpoint)
			}
			var found []string
			for key := range 20 {
				found = append(found, ring.endpointFor([]byte(fmt.Sprintf("key-%d", key))))
			}
			fmt.Fprintf(out, "%s\t%d\t%x\t%s\n", strings.Join(endpoints, ","), len(ring.items), digest.Sum(nil),
				strings.Join(found, ","))
		}
	}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	switch os.Args[1] {
	case "keys":
		writeKeys(out)
	case "rings":
		writeRings(out)
	}
}
