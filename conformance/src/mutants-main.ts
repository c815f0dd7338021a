/**
 * `mutants [ID …] [--json] [--write FILE] [--folder providers] [--only MUTANT] [--jobs 2]`: plants every mutant in every provider that has cases; exit code 1
 * when one lives. `--write` writes the page of the documentation, of all packages only.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { apart } from "./apart.ts";
import { installedIn, packagesIn } from "./installed.ts";
import { runMutants, type Verdict } from "./mutant-run.ts";
import { livingIn, mutantPage, mutantTable, subjectTable } from "./mutant-table.ts";
import { mutants } from "./mutants.ts";

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
    verdicts[name] = await runMutants(provider, { fixtures, known, patienceMs: 4_000 }, list);
  const own = (verdicts[name] ?? []).filter((verdict) => verdict.idle === undefined);
  const killed = own.filter((verdict) => verdict.missedBy.length === 0).length;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${name}: ${killed} of ${own.length} mutants killed, ${list.length - own.length} do not apply (${seconds} s)\n`);
  for (const line of livingIn(verdicts)) process.stderr.write(`  ${line}\n`);
} else {
  const flags = ["--folder", values.folder, ...values.only.flatMap((id) => ["--only", id])];
  for (const [, printed] of await apart(names, flags, Number(values.jobs))) Object.assign(verdicts, printed);
}

const living = livingIn(verdicts);
process.stdout.write(values.json ? `${JSON.stringify(verdicts)}\n` : `${mutantTable(verdicts)}\n${subjectTable(verdicts)}`);
if (values.write !== undefined) {
  if (positionals.length > 0 || values.only.length > 0) throw new Error("--write writes the page of all packages and all mutants");
  writeFileSync(values.write, mutantPage(verdicts));
}
if (living.length > 0 || names.length === 0) process.exitCode = 1;
// Sockets that a mutant left open must not keep the process.
process.exit();
