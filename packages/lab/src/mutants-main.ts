/**
 * `mutants [ID …] [--json] [--write FILE] [--folder providers] [--only MUTANT] [--jobs 2]`: runs every mutant of every provider that has cases. Exit code 1 if one
 * survives. `--write` writes the page of the documentation and needs all packages and mutants.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { mutantPage, mutantTable, subjectTable, survivorsIn } from "./mutants/mutant-table.ts";
import { mutants } from "./mutants/mutants.ts";
import { runMutants, type Verdict } from "./mutants/run-mutants.ts";
import { exitWhenPrinted, runInProcesses } from "./providers/processes.ts";
import { installedIn, packagesIn } from "./providers/provider-packages.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    write: { type: "string" },
    folder: { type: "string", default: "providers" },
    only: { type: "string", multiple: true, default: [] },
    jobs: { type: "string", default: "2" },
  },
});
const names = packagesIn(values.folder, positionals);
const list = values.only.length === 0 ? mutants : mutants.filter((mutant) => values.only.includes(mutant.id));
const verdicts: Record<string, Verdict[]> = {};
const [name] = names;
if (names.length === 1 && name !== undefined) {
  const started = Date.now();
  for (const { provider, fixtures, known } of await installedIn(values.folder, names))
    verdicts[name] = await runMutants(provider, { fixtures, known, hangAfterMs: 4_000 }, list);
  const own = (verdicts[name] ?? []).filter((verdict) => verdict.notApplicable === undefined);
  const killed = own.filter((verdict) => verdict.missedBy.length === 0).length;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${name}: ${killed} of ${own.length} mutants killed, ${list.length - own.length} do not apply (${seconds} s)\n`);
  for (const line of survivorsIn(verdicts)) process.stderr.write(`  ${line}\n`);
} else {
  const flags = ["--folder", values.folder, ...values.only.flatMap((id) => ["--only", id])];
  for (const [, printed] of await runInProcesses(names, flags, Number(values.jobs))) Object.assign(verdicts, printed);
}

const survivors = survivorsIn(verdicts);
process.stdout.write(values.json ? `${JSON.stringify(verdicts)}\n` : `${mutantTable(verdicts)}\n${subjectTable(verdicts)}`);
if (values.write !== undefined) {
  if (positionals.length > 0 || values.only.length > 0) throw new Error("--write needs all packages and all mutants");
  writeFileSync(values.write, mutantPage(verdicts));
}
if (survivors.length > 0 || names.length === 0) process.exitCode = 1;
// Sockets that a mutant left open must not keep the process alive.
exitWhenPrinted();
