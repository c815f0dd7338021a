/** `mutants [ID …] [--json] [--folder providers]`: plants every fault in every provider that has cases; exit code 1 when one lives. */
import { parseArgs } from "node:util";
import { installedIn } from "./installed.ts";
import { mutants, mutantTable, runMutants, type Verdict } from "./mutants.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, folder: { type: "string", default: "providers" } },
});
const verdicts: Record<string, Verdict[]> = {};
const lives: string[] = [];
for (const { id, provider, fixtures, known } of await installedIn(values.folder, positionals)) {
  const started = Date.now();
  const all = await runMutants(provider, { fixtures, known, runs: 20 });
  verdicts[id] = all;
  const own = all.filter((verdict) => verdict.idle === undefined);
  const living = own.filter((verdict) => verdict.killedBy.length === 0);
  lives.push(...living.map((verdict) => `${id}: ${verdict.mutant} lives`));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(
    `${id}: ${own.length - living.length} of ${own.length} mutants killed, ${mutants.length - own.length} do not apply (${seconds} s)\n`,
  );
}
process.stdout.write(
  values.json ? `${JSON.stringify(verdicts)}\n` : `${mutantTable(verdicts)}\n${lives.map((line) => `${line}\n`).join("")}`,
);
if (lives.length > 0 || Object.keys(verdicts).length === 0) process.exitCode = 1;
// Sockets that a mutant left open must not keep the process.
process.exit();
