/** Where a full run is published: all rows on `docs/benchmarks.md`, and in the root README a chart, the missed goals and the rows where a peer is ahead. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { limit, us } from "./bench.ts";
import { figure, goalText, met, type Row, renderMarkdown, shown, type Table } from "./table.ts";

const readmePath = fileURLToPath(new URL("../../../README.md", import.meta.url));
const pagePath = fileURLToPath(new URL("../../../docs/benchmarks.md", import.meta.url));
const [opening, closing] = ["<!-- bench -->", "<!-- /bench -->"] as const;

export interface Heading {
  date: string;
  machine: string;
}

export async function publish(tables: readonly Table[], heading: Heading): Promise<void> {
  for (const [path, text] of [
    [readmePath, summary(tables, heading)],
    [pagePath, everyRow(tables, heading)],
  ] as const)
    await writeFile(path, insertRegion(await readFile(path, "utf8"), text));
}

export function insertRegion(document: string, text: string): string {
  const [from, to] = [document.indexOf(opening), document.indexOf(closing)];
  if (from === -1 || to < from) throw new Error(`there is no region between ${opening} and ${closing}`);
  return `${document.slice(0, from)}${opening}\n${text}\n${document.slice(to)}`;
}

/** One table of all rows, then the missed goals and the rows where a peer is ahead. */
export function everyRow(tables: readonly Table[], { date, machine }: Heading): string {
  const rows = allRows(tables);
  return [
    `Measured ${date} on ${machine}, with \`npm run bench\`. Numbers without a unit are ratios to the limit in the same run. The column of the limit has`,
    "absolute values. ± is half the interquartile range.",
    "",
    renderMarkdown({ title: "", rows }),
    "",
    missed(rows),
    "",
    losses(rows),
  ].join("\n");
}

/** What a ratio of 1 is. */
const LIMIT =
  "The limit, 1, is the plain way: `fetch`, an event parser (`eventsource-parser`), `JSON.parse` of each event and a string append. Less than 1 is less work than that.";

/** The row that the chart shows: a long answer in the packets in which a fast host sends it. */
const CHARTED = "text.chat.64k";

/** A chart of one row, the missed goals, and the rows where a peer is ahead. */
export function summary(tables: readonly Table[], { date, machine }: Heading): string {
  const rows = allRows(tables);
  const row = rows.find(({ name }) => name === CHARTED);
  const measured = `Measured ${date} on ${machine}.`;
  return [...(row === undefined ? [measured] : [chart(row), "", `${LIMIT} ${measured}`]), "", missed(rows), "", losses(rows)].join("\n");
}

/** A bar chart in Mermaid, which GitHub renders (https://mermaid.js.org/syntax/xyChart.html). */
function chart(row: Row): string {
  const bars = Object.keys(row.cells)
    .flatMap((subject) => {
      const cell = subject === limit ? undefined : shown(row, subject);
      return cell === undefined || "problem" in cell ? [] : [{ subject, value: cell.value }];
    })
    .sort((a, b) => a.value - b.value);
  const most = Math.ceil(Math.max(...bars.map(({ value }) => value)));
  return [
    "```mermaid",
    "xychart-beta horizontal",
    `  title "CPU time to read ${row.title}, as a multiple of the limit"`,
    `  x-axis [${bars.map(({ subject }) => JSON.stringify(subject)).join(", ")}]`,
    `  y-axis 0 --> ${most}`,
    `  bar [${bars.map(({ value }) => value.toFixed(2)).join(", ")}]`,
    "```",
  ].join("\n");
}

function allRows(tables: readonly Table[]): Row[] {
  return tables.flatMap((table) => table.rows);
}

function missed(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const ours = shown(row, us);
    if (ours === undefined || "problem" in ours || met(row) !== false) return [];
    return [`- ${row.title}: ${figure(row, us, ours)}${comparison(row)}; the goal is ${goalText(row)}`];
  });
  return lines.length === 0 ? "All goals are met." : ["Missed goals:", "", ...lines].join("\n");
}

/** What a figure is measured from. */
function comparison({ shows }: Row): string {
  switch (shows) {
    case "ratio":
      return " times the limit";
    case "difference":
      return " compared with the limit";
    case "value":
      return "";
  }
}

function losses(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const ours = shown(row, us);
    if (ours === undefined || "problem" in ours) return [];
    const ahead = Object.keys(row.cells).filter((subject) => {
      const theirs = subject === us || subject === limit ? undefined : shown(row, subject);
      return theirs !== undefined && !("problem" in theirs) && theirs.value < ours.value;
    });
    return ahead.length === 0 ? [] : [`- ${row.title}: ${ahead.join(", ")}`];
  });
  return lines.length === 0 ? "No peer is ahead in any row." : ["Rows where a peer is ahead:", "", ...lines].join("\n");
}
