/** Prints what the gateway changes in recorded exchanges. */
import { writeSync } from "node:fs";
import { allowedDifferences } from "./gateway-differences.ts";
import { type GatewayRow, replayThroughGateway } from "./through-gateway.ts";

/** The share of exchanges that must be unchanged. */
const REQUIRED = 0.99;
/** Characters of a value in a report. */
const LONGEST = 160;

/** Replays a folder and prints the result. Returns the exit code. */
export async function reportThroughGateway(folder: string, options: { json?: boolean; across?: boolean }): Promise<number> {
  const across = options.across === true ? await reportAcross(folder) : 0;
  const all = await replayThroughGateway(folder);
  const rows = all.filter((row) => !row.refusal);
  const count = (some: readonly GatewayRow[]): number => some.filter((row) => row.differences.length === 0).length;
  const unchanged = count(rows);
  if (options.json === true) for (const row of all) print(JSON.stringify(row));
  else for (const line of histogram(all)) print(line);
  for (const line of allowedLines(rows)) print(line);
  const refusals = all.filter((row) => row.refusal);
  print(`${count(refusals)} of ${refusals.length} refusals unchanged through the gateway`);
  print(`${unchanged} of ${rows.length} exchanges unchanged through the gateway`);
  return rows.length > 0 && unchanged >= rows.length * REQUIRED ? across : 1;
}

/** Serves every answer to the clients of the other protocols and prints what they read differently. Returns the exit code. */
async function reportAcross(folder: string): Promise<number> {
  const { replayAcross } = await import("./across.ts");
  const rows = await replayAcross(folder);
  const lines = histogram(
    rows.map((row) => ({
      ...row,
      protocol: `${row.from} to ${row.to}`,
      differences: row.differences.map((one) => ({ ...one, side: "answer" })),
    })),
  );
  for (const line of lines) print(line);
  const same = rows.filter((row) => row.differences.length === 0).length;
  print(`${same} of ${rows.length} answers read the same by the clients of the other protocols`);
  return rows.length > 0 && same === rows.length ? 0 : 1;
}

/** What the histogram needs of a row. */
interface ReportRow {
  file: string;
  protocol: string;
  differences: readonly { side: string; path: string; expected: unknown; found: unknown }[];
}

/** The paths that differ, the most frequent first, each with an example. */
function histogram(rows: readonly ReportRow[]): string[] {
  const paths = new Map<string, { files: Set<string>; example: string }>();
  for (const { file, protocol, differences } of rows)
    for (const { side, path, expected, found } of differences) {
      const key = `${protocol} ${side} ${path}`;
      const entry = paths.get(key) ?? { files: new Set<string>(), example: `${file}: ${shown(expected)} became ${shown(found)}` };
      entry.files.add(file);
      paths.set(key, entry);
    }
  return [...paths]
    .sort(([, a], [, b]) => b.files.size - a.files.size)
    .map(([key, { files, example }]) => `${String(files.size).padStart(4)}  ${key}  ${example}`);
}

/** The paths that differ with a reason. */
function allowedLines(rows: readonly GatewayRow[]): string[] {
  return allowedDifferences.flatMap(({ protocol, side, path, reason }) => {
    const files = rows.filter((row) => row.protocol === protocol && row.allowed.includes(`${side} ${path}`));
    return files.length === 0 ? [] : [`allowed: ${files.length}  ${protocol} ${side} ${path}: ${reason}`];
  });
}

function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Prints synchronously, because the process exits afterwards. */
function print(line: string): void {
  writeSync(1, `${line}\n`);
}
