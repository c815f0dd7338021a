/** `npm run mutants`: runs every mutant of every provider that has cases. */
import { writeFileSync } from "node:fs";
import { collect, existingFolder, positiveNumber, runScript, script } from "@lumiverse/tools/command-line";
import { mutantPage, mutantTable, subjectTable, survivorsIn } from "./mutants/mutant-table.ts";
import { mutants } from "./mutants/mutants.ts";
import { runMutants, type Verdict } from "./mutants/run-mutants.ts";
import { exitWhenPrinted, runInProcesses } from "./providers/processes.ts";
import { installedIn, packagesIn } from "./providers/provider-packages.ts";

interface Options {
  json?: true;
  write?: string;
  folder: string;
  only: readonly string[];
  jobs: number;
}

await runScript(
  script("mutants", "Run every mutant of every provider that has cases. Exit code 1 if the suite does not find one of them.", [
    "",
    "groq mistral",
    "groq --only cut-is-success",
    "--write docs/mutants.md",
  ])
    .argument("[id...]", "providers; without an id, all of them")
    .option("--only <mutant>", "run this mutant; can be repeated", collect, [])
    .option("--jobs <number>", "processes", positiveNumber, 2)
    .option("--folder <path>", "the folder of the provider packages", existingFolder, "providers")
    .option("--write <file>", "write the page of the documentation; needs all packages and mutants")
    .option("--json", "print one JSON document: the verdicts of each provider")
    .action(main),
);

async function main(ids: readonly string[], { json, write, folder, only, jobs }: Options): Promise<void> {
  if (write !== undefined && (ids.length > 0 || only.length > 0)) throw new Error("--write needs all packages and all mutants");
  const unknown = only.find((id) => !mutants.some((mutant) => mutant.id === id));
  if (unknown !== undefined) throw new Error(`there is no mutant "${unknown}"; the mutants are: ${mutants.map(({ id }) => id).join(", ")}`);
  const names = packagesIn(folder, ids);
  const list = only.length === 0 ? mutants : mutants.filter((mutant) => only.includes(mutant.id));
  const verdicts: Record<string, Verdict[]> = {};
  const [name] = names;
  if (names.length === 1 && name !== undefined) {
    const started = Date.now();
    for (const { provider, fixtures, known } of await installedIn(folder, names))
      verdicts[name] = await runMutants(provider, { fixtures, known, hangAfterMs: 4_000 }, list);
    const own = (verdicts[name] ?? []).filter((verdict) => verdict.notApplicable === undefined);
    const killed = own.filter((verdict) => verdict.missedBy.length === 0).length;
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stderr.write(`${name}: ${killed} of ${own.length} mutants killed, ${list.length - own.length} do not apply (${seconds} s)\n`);
    for (const line of survivorsIn(verdicts)) process.stderr.write(`  ${line}\n`);
  } else {
    const flags = ["--folder", folder, ...only.flatMap((id) => ["--only", id])];
    for (const [, printed] of await runInProcesses(names, flags, jobs)) Object.assign(verdicts, printed);
  }

  const survivors = survivorsIn(verdicts);
  process.stdout.write(json ? `${JSON.stringify(verdicts)}\n` : `${mutantTable(verdicts)}\n${subjectTable(verdicts)}`);
  if (write !== undefined) writeFileSync(write, mutantPage(verdicts));
  if (survivors.length > 0 || names.length === 0) process.exitCode = 1;
  // Sockets that a mutant left open must not keep the process alive.
  exitWhenPrinted();
}
