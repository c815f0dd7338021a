/** The tables, in the order in which they are measured. */
import type { Bench } from "./bench.ts";
import { measureAborts } from "./measures/aborts.ts";
import { type CpuMeasure, measureCpu, smallMeasures, textMeasures, toolMeasures } from "./measures/cpu.ts";
import { measureCrowd } from "./measures/crowd.ts";
import { measureFirst } from "./measures/first.ts";
import { measureFootprint } from "./measures/footprint.ts";
import { measureGrowth } from "./measures/growth.ts";
import { measureHeld } from "./measures/held.ts";
import { measureSoak } from "./measures/soak.ts";
import type { Row, Table } from "./table.ts";

/** Measures what is wanted; undefined where nothing is. */
export type Group = (bench: Bench, wanted: (name: string) => boolean) => Promise<Table | undefined>;

const cpuGroup = (title: string, measures: readonly CpuMeasure[]): Group => {
  return async (bench, wanted) => {
    const table: Table = { title: `${title} (CPU time; ratio to the limit, ± half the interquartile range)`, rows: [] };
    for (const measure of measures) if (wanted(measure.name)) table.rows.push(await measureCpu(bench, measure));
    return table;
  };
};

/** Rows that are measured together, all when one is wanted. */
const rowsGroup = (name: string, title: string, measure: (bench: Bench) => Promise<Row[]>): Group => {
  return async (bench, wanted) => (wanted(name) ? { title, rows: await measure(bench) } : undefined);
};

export const groups: readonly Group[] = [
  cpuGroup("Streams of text", textMeasures),
  cpuGroup("Tool calls in 20-byte pieces", toolMeasures),
  cpuGroup("Whole answers", smallMeasures),
  rowsGroup("first", "Time to the first token (difference to the limit)", measureFirst),
  rowsGroup("crowd", "1,000 slow streams at once", measureCrowd),
  rowsGroup("aborts", "Aborts (time: difference to the limit)", measureAborts),
  rowsGroup("held", "Heap of one long stream", measureHeld),
  async (bench, wanted) => ({ title: "Growth of CPU time (exponent: 1 is linear, 2 quadratic)", rows: await measureGrowth(bench, wanted) }),
  rowsGroup("soak", "Soak", measureSoak),
  rowsGroup("footprint", "Import, bundle, installation", measureFootprint),
];

/** What a quick run leaves out, unless it is asked for by name. */
export const notQuick: readonly string[] = [
  "text.responses.each",
  "text.messages.each",
  "text.generate.each",
  "text.generate.64k",
  "tool.1m",
  "crowd",
  "growth",
  "footprint",
];
