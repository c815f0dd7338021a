/** The region of the root README between `<!-- bench -->` and `<!-- /bench -->`. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { limit, us } from "./bench.ts";
import { met, type Row, renderMarkdown, shown, type Table } from "./table.ts";

export const readmePath: string = fileURLToPath(new URL("../../../README.md", import.meta.url));
const [opening, closing] = ["<!-- bench -->", "<!-- /bench -->"] as const;

export interface Heading {
  date: string;
  machine: string;
}

export async function writeRegion(tables: readonly Table[], heading: Heading): Promise<void> {
  const readme = await readFile(readmePath, "utf8");
  await writeFile(readmePath, insertRegion(readme, renderRegion(tables, heading)));
}

export function insertRegion(readme: string, text: string): string {
  const [from, to] = [readme.indexOf(opening), readme.indexOf(closing)];
  if (from === -1 || to < from) throw new Error(`README.md has no region between ${opening} and ${closing}`);
  return `${readme.slice(0, from)}${opening}\n${text}\n${readme.slice(to)}`;
}

/** One table of all rows with a goal, then the missed goals and the rows where a peer is ahead. */
export function renderRegion(tables: readonly Table[], { date, machine }: Heading): string {
  const rows = tables.flatMap((table) => table.rows).filter((row) => row.goal !== undefined);
  const missed = rows.filter((row) => met(row) === false);
  return [
    `Measured ${date} on ${machine}, with \`npm run bench\`. Numbers without a unit are ratios to the limit (global \`fetch\`, \`eventsource-parser\`,`,
    "`JSON.parse`, a string append) in the same run. The column of the limit has absolute values. ± is half the interquartile range.",
    "",
    renderMarkdown({ title: "", rows }),
    "",
    missed.length === 0 ? "All goals are met." : `Missed goals: ${missed.map((row) => row.title).join("; ")}.`,
    "",
    losses(rows),
  ].join("\n");
}

function losses(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const ours = shown(row, us);
    if (ours === undefined || "problem" in ours) return [];
    const ahead = Object.keys(row.cells).filter((subject) => {
      const theirs = subject === us || subject === limit ? undefined : shown(row, subject);
      return theirs !== undefined && !("problem" in theirs) && theirs.value < ours.value;
    });
    return ahead.length === 0 ? [] : [`${row.title} (${ahead.join(", ")})`];
  });
  return lines.length === 0 ? "No peer is ahead in any row." : `Rows where a peer is ahead: ${lines.join("; ")}.`;
}
