/** `npm run corpus`: replays a folder of recordings, or sends them through the gateway's protocols. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { existingFolder, runScript, script } from "@lumiverse/tools/command-line";
import { type CorpusRow, replayCorpus, replayedEvidence } from "./corpus/corpus.ts";

await runScript(
  script("corpus", "Replay a folder of recordings. Exit code 1 if one of them is not read correctly, or below 99 % through the gateway.", [
    "recordings",
    "recordings --json > rows.jsonl",
    "recordings --through-gateway --across",
    "recordings --counts",
  ])
    .argument("<folder>", "the folder of the recordings", existingFolder)
    .option("--json", "print one JSON object per recording and line")
    .option("--write-evidence <file>", "write which capabilities the recordings show")
    .option("--through-gateway", "parse and write each exchange as the gateway does, and compare it with the recording")
    .option("--across", "with --through-gateway: serve each answer to the official clients of the other protocols too")
    .option("--counts", "compare the gateway's estimate of each prompt's tokens with what the vendor billed")
    .action(main),
);

interface Options {
  json?: true;
  writeEvidence?: string;
  throughGateway?: true;
  across?: true;
  counts?: true;
}

async function main(folder: string, { json, writeEvidence, throughGateway, across, counts }: Options): Promise<void> {
  if (throughGateway) {
    const { reportThroughGateway } = await import("./corpus/gateway-report.ts");
    process.exit(await reportThroughGateway(resolve(folder), { json: json === true, across: across === true }));
  }
  if (counts) {
    const { countedExchanges, countLines } = await import("./corpus/counts.ts");
    const rows = await countedExchanges(resolve(folder));
    const lines = json ? rows.map((row) => JSON.stringify(row)) : countLines(rows);
    process.stdout.write(`${lines.join("\n")}\n`);
    return;
  }
  const started = Date.now();
  const rows = await replayCorpus(resolve(folder));
  if (json) for (const { shows: _shows, sha256: _sha256, date: _date, ...row } of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  else process.stdout.write(table(rows, Date.now() - started));
  if (writeEvidence !== undefined) writeFileSync(writeEvidence, `${JSON.stringify(replayedEvidence(rows), null, 2)}\n`);
  process.exitCode = rows.some((row) => !row.ok) || rows.length === 0 ? 1 : 0;
}

function table(all: readonly CorpusRow[], ms: number): string {
  const readCount = all.filter((row) => row.ok).length;
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
  lines.push("", `${readCount} of ${all.length} recordings read at three packet sizes in ${(ms / 1000).toFixed(1)} s`);
  return `${lines.join("\n")}\n`;
}
