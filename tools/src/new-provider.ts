// `npm run new:provider -- ID [options]` creates a provider in this repository from the template of `npm create lumiverse-provider`.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type GivenAnswers, problemsOf, scaffold, withDefaults, withPlaceholders } from "create-lumiverse-provider";
import { runCommand } from "./command.ts";
import { writeGenerated } from "./generated.ts";
import { readManifest, root } from "./workspace.ts";

const USAGE = 'npm run new:provider -- ID [--protocol PROTOCOL] [--base-url URL] [--name "My Host"] [--docs URL] [--model ID] [--env NAME]';
const text = { type: "string" } as const;
const { values, positionals } = parseArgs({
  options: { protocol: text, "base-url": text, name: text, docs: text, model: text, env: text },
  allowPositionals: true,
});
const [id] = positionals;
const given: GivenAnswers = { ...values, ...(id === undefined ? {} : { id }) };
const answers = withPlaceholders(given);
const problems = problemsOf(answers);
if (id === undefined || problems.length > 0) stop(`${problems.join("\n")}\n${USAGE}`);

const range = `^${readManifest("packages/core").version}`;
const done = await scaffold({
  ...withDefaults(answers),
  kind: "workspace",
  directory: join(root, "providers", id),
  date: new Date().toISOString().slice(0, 10),
  ranges: { version: "1.0.0-next.0", core: range, protocols: range, conformance: range },
});
for (const path of done.written) console.log(`written  providers/${id}/${path}`);
for (const path of done.kept) console.log(`kept     providers/${id}/${path}`);
for (const path of await writeGenerated()) console.log(`updated  ${path}`);
const linked = await runCommand("pnpm", ["install", "--no-frozen-lockfile"]);
if (!linked.ok) stop(linked.output);
for (const option of ["protocol", "base-url"] as const)
  if (given[option] === undefined) console.log(`--${option} is missing, so the package uses the placeholder ${answers[option]}.`);
console.log(`Next: describe the host in providers/${id}/src/provider.ts, then run npm run check -- providers/${id}.`);

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}
