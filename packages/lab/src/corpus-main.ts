/**
 * `corpus DIR [--json] [--write-evidence FILE]`: replays a folder of recordings. Exit code 1 if one of them is not read correctly.
 * `corpus DIR --through-gateway [--across]`: sends their requests and answers through the gateway's protocols. Exit code 1 below 99 %.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type CorpusRow, replayCorpus, replayedEvidence } from "./corpus/corpus.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    "write-evidence": { type: "string" },
    "through-gateway": { type: "boolean", default: false },
    across: { type: "boolean", default: false },
  },
});
const folder = positionals[0];
if (folder === undefined) {
  process.stderr.write(
    "corpus: name a folder of recordings: npm run corpus -- DIR [--json] [--write-evidence FILE] [--through-gateway [--across]]\n",
  );
  process.exit(2);
}

// A pipe that closes early (`| head`) is not a failure.
process.stdout.on("error", () => process.exit(0));
if (values["through-gateway"]) {
  const { reportThroughGateway } = await import("./corpus/gateway-report.ts");
  process.exit(await reportThroughGateway(resolve(folder), values));
}
const started = Date.now();
const rows = await replayCorpus(resolve(folder));
const failed = rows.filter((row) => !row.ok);
if (values.json)
  for (const { shows: _shows, sha256: _sha256, date: _date, ...row } of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
else process.stdout.write(table(rows, Date.now() - started));
const file = values["write-evidence"];
if (file !== undefined) writeFileSync(file, `${JSON.stringify(replayedEvidence(rows), null, 2)}\n`);
process.exitCode = failed.length > 0 || rows.length === 0 ? 1 : 0;

function table(all: readonly CorpusRow[], ms: number): string {
  const lines: string[] = [
    ["provider", "files", "read", "errors", "listed", "unread", "failed"]
      .map((title) => title.padEnd(14))
      .join("")
      .trimEnd(),
  ];
  const names = [...new Set(all.map((row) => row.provider))].sort();
  for (const name of [...names, undefined]) {
    const own = name === undefined ? all : all.filter((row) => row.provider === name);
    const counts = [
      own.length,
      own.filter((row) => row.ok && row.response !== null).length,
      own.filter((row) => row.ok && row.error !== null).length,
      own.filter((row) => row.ok && row.response === null && row.error === null).length,
      own.filter((row) => row.unread.length > 0).length,
      own.filter((row) => !row.ok).length,
    ];
    lines.push(
      [name ?? "all", ...counts]
        .map((cell) => String(cell).padEnd(14))
        .join("")
        .trimEnd(),
    );
  }
  const bare = new Map<string, number>();
  for (const row of all)
    if (row.by?.startsWith("through") === true) bare.set(`${row.provider}: ${row.by}`, (bare.get(`${row.provider}: ${row.by}`) ?? 0) + 1);
  if (bare.size > 0) lines.push("", ...[...bare].map(([what, count]) => `${count} of ${what}`));
  const unread = new Map<string, { count: number; file: string }>();
  for (const row of all)
    for (const path of row.unread)
      unread.set(path, { count: (unread.get(path)?.count ?? 0) + 1, file: unread.get(path)?.file ?? row.file });
  if (unread.size > 0) lines.push("", "unread (files, path, an example):");
  for (const [path, { count, file: example }] of [...unread].sort((a, b) => b[1].count - a[1].count))
    lines.push(`${String(count).padStart(5)}  ${path}  ${example}`);
  for (const row of all) if (!row.ok) lines.push(`FAILED ${row.file}: ${row.problem}`);
  lines.push("", `${all.length - failed.length} of ${all.length} recordings read at three packet sizes in ${(ms / 1000).toFixed(1)} s`);
  return `${lines.join("\n")}\n`;
}
