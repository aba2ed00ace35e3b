// Sends Claude Code's metrics through the real OpenTelemetry SDK and prints the true totals of each session.
//
// node claude-code.mjs grpc|http/protobuf|http/json ENDPOINT FACTOR SESSION...
//
// Everything is counted FACTOR times. Times have milliseconds here: where processes share a session, equal values at equal
// times could not be told from a point that is sent again.
//
// OTEL_EXPORTER_OTLP_COMPRESSION=gzip compresses what is sent.
import { OTLPMetricExporter as GrpcExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as JsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";

const EXPORTS = 4;
// A cost that is a multiple of this has an exact sum in any order.
const CENT = 2 ** -20;

const [protocol, endpoint, factor, ...sessions] = process.argv.slice(2);
const common = { temporalityPreference: AggregationTemporality.DELTA };
const url = `${endpoint}/v1/metrics`;
const exporters = {
  "grpc": () => new GrpcExporter({ url: endpoint, ...common }),
  "http/protobuf": () => new ProtoExporter({ url, ...common }),
  "http/json": () => new JsonExporter({ url, ...common }),
};
const provider = new MeterProvider({
  resource: resourceFromAttributes({ "service.name": "claude-code", "service.version": "2.1.212" }),
  // Flushed by hand, so that a run takes no longer than it must.
  readers: [new PeriodicExportingMetricReader({ exporter: exporters[protocol](), exportIntervalMillis: 3_600_000 })],
});
const meter = provider.getMeter("com.anthropic.claude_code", "2.1.212");
const counters = {
  "claude_code.session.count": meter.createCounter("claude_code.session.count"),
  "claude_code.token.usage": meter.createCounter("claude_code.token.usage", { unit: "tokens" }),
  "claude_code.cost.usage": meter.createCounter("claude_code.cost.usage", { unit: "USD" }),
};

const truth = Object.fromEntries(sessions.map((session) => [session, {}]));
function add(session, metric, once, attributes) {
  const value = once * Number(factor);
  counters[metric].add(value, { "session.id": session, "user.id": "u1", "terminal.type": "vscode", ...attributes });
  truth[session][metric] = (truth[session][metric] ?? 0) + value;
}

for (let round = 1; round <= EXPORTS; round++) {
  for (const [index, session] of sessions.entries()) {
    // Sessions come one after another, as people do; some rest for an interval.
    if (index > round || (index + round) % 3 === 0) continue;
    if (!truth[session]["claude_code.session.count"]) add(session, "claude_code.session.count", 1, { start_type: "fresh" });
    const model = index % 2 ? "claude-opus-4-5" : "claude-sonnet-4-5";
    for (const type of ["input", "output", "cacheRead", "cacheCreation"]) {
      add(session, "claude_code.token.usage", 17 * round + index + type.length, { type, model, query_source: "main" });
    }
    add(session, "claude_code.cost.usage", (4321 * round + index) * CENT, { model, query_source: "main" });
  }
  await provider.forceFlush();
}
await provider.shutdown();
console.log(JSON.stringify({ sessions: truth }));
