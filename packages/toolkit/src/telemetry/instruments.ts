import type { Usage } from "@lumiverse/core";
import type { Attributes, Counter, Histogram, Meter } from "@opentelemetry/api";
import { inputTokens } from "./attributes.ts";
import { type Convention, DURATION_BUCKETS, TOKEN_BUCKETS } from "./conventions.ts";

/** The metrics of a connection. */
export interface Instruments {
  duration(seconds: number, attributes: Attributes): void;
  timeToFirstChunk(seconds: number, attributes: Attributes): void;
  /** Counts that the vendor did not report are not recorded. */
  tokens(usage: Usage, attributes: Attributes): void;
}

export function createInstruments(meter: Meter, convention: Convention): Instruments {
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: DURATION_BUCKETS } };
  const duration = meter.createHistogram(convention.duration, { ...seconds, description: "Duration of a call" });
  const first = meter.createHistogram(convention.timeToFirstChunk, { ...seconds, description: "Time to the first content of a stream" });
  return {
    duration: (value, attributes) => duration.record(value, attributes),
    timeToFirstChunk: (value, attributes) => first.record(value, attributes),
    tokens: tokenRecorder(meter, convention),
  };
}

function tokenRecorder(meter: Meter, { tokens }: Convention): Instruments["tokens"] {
  if ("histogram" in tokens) {
    const histogram: Histogram = meter.createHistogram(tokens.histogram, {
      unit: "{token}",
      description: "Input and output tokens used",
      advice: { explicitBucketBoundaries: TOKEN_BUCKETS },
    });
    return (usage, attributes) => {
      const input = inputTokens(usage);
      if (input !== undefined) histogram.record(input, { ...attributes, "gen_ai.token.type": "input" });
      if (usage.output !== undefined) histogram.record(usage.output, { ...attributes, "gen_ai.token.type": "output" });
    };
  }
  const counter = (name: string): Counter => meter.createCounter(name, { unit: "{token}" });
  const { input, output, cacheRead, cacheWrite, reasoning } = tokens.counters;
  const counters = [
    [counter(input), inputTokens],
    [counter(output), (usage: Usage) => usage.output],
    [counter(cacheRead), (usage: Usage) => usage.cacheRead],
    [counter(cacheWrite), (usage: Usage) => usage.cacheWrite],
    [counter(reasoning), (usage: Usage) => usage.reasoning],
  ] as const;
  return (usage, attributes) => {
    for (const [one, read] of counters) {
      const value = read(usage);
      if (value !== undefined) one.add(value, attributes);
    }
  };
}
