/** The tables, in the order of measurement. */
import type { Bench } from "./bench.ts";
import { measureAborts } from "./measures/aborts.ts";
import { measureConcurrency } from "./measures/concurrency.ts";
import { type CpuMeasure, measureCpu, smallMeasures, textMeasures, toolMeasures } from "./measures/cpu.ts";
import { measureFirst } from "./measures/first-token.ts";
import { measureFootprint } from "./measures/footprint.ts";
import { measureGateways } from "./measures/gateway.ts";
import { measureGrowth } from "./measures/growth.ts";
import { measureModels } from "./measures/models.ts";
import { measureRendering } from "./measures/rendering.ts";
import { measureSoak } from "./measures/soak.ts";
import { measureStreamHeap } from "./measures/stream-heap.ts";
import { createRunners } from "./runners.ts";
import type { Row, Table } from "./table.ts";

/** Measures the rows whose names are selected. Undefined when none is. */
export type Group = (bench: Bench, isSelected: (name: string) => boolean) => Promise<Table | undefined>;

const cpuGroup = (title: string, measures: readonly CpuMeasure[]): Group => {
  return async (bench, isSelected) => {
    const table: Table = { title: `${title} (CPU time; ratio to the limit, ± half the interquartile range)`, rows: [] };
    const peerRunners = createRunners(bench);
    for (const measure of measures) if (isSelected(measure.name)) table.rows.push(await measureCpu(bench, measure, peerRunners));
    peerRunners.end();
    return table;
  };
};

/** Rows that are measured together. */
const rowsGroup = (name: string, title: string, measure: (bench: Bench) => Promise<Row[]>): Group => {
  return async (bench, isSelected) => (isSelected(name) ? { title, rows: await measure(bench) } : undefined);
};

export const groups: readonly Group[] = [
  cpuGroup("Streams of text", textMeasures),
  cpuGroup("Tool calls in 20-byte deltas", toolMeasures),
  cpuGroup("Unstreamed answers", smallMeasures),
  rowsGroup("first-token", "Time to the first token (difference to the limit)", measureFirst),
  rowsGroup("concurrency", "1,000 slow streams at once", measureConcurrency),
  rowsGroup("models", "Lists of 10,000 models (CPU time)", measureModels),
  rowsGroup("rendering", "A request with 5,000 messages, 200 tools and 20 MB of images (CPU time)", measureRendering),
  rowsGroup("aborts", "Aborts (time: difference to the limit)", measureAborts),
  rowsGroup("stream-heap", "Heap of one long stream", measureStreamHeap),
  async (bench, isSelected) => ({
    title: "Growth of CPU time (exponent: 1 is linear, 2 quadratic)",
    rows: await measureGrowth(bench, isSelected),
  }),
  async (bench, isSelected) => ({
    title: "Gateways (CPU time of one call; ratio to a handler that pipes bytes; memory)",
    rows: await measureGateways(bench, isSelected),
  }),
  rowsGroup("soak", "Soak", measureSoak),
  rowsGroup("footprint", "Import, bundle, installation", measureFootprint),
];

/** Measures that a quick run skips unless `--only` names them. */
export const notQuick: readonly string[] = [
  "text.responses.each",
  "text.messages.each",
  "text.generate.each",
  "packets.responses",
  "packets.generate",
  "text.responses.64k",
  "text.generate.64k",
  "tool.10k",
  "tool.1m",
  "concurrency",
  "growth",
  "rendering",
  "gateway",
  "footprint",
];
