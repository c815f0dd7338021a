// `npm run new:provider -- ID [--protocol WIRE] [--base-url URL] [--name "My Host"] [--docs URL] [--model ID] [--env NAME]`: a provider in this repository, from the template that
// `npm create lumiverse-provider` uses outside of it.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Asked, complete, problemsOf, scaffold, withStandIns } from "create-lumiverse-provider";
import { runCommand } from "./command.ts";
import { writeGenerated } from "./generated.ts";
import { readManifest, root } from "./workspace.ts";

const text = { type: "string" } as const;
const { values, positionals } = parseArgs({
  options: { protocol: text, "base-url": text, name: text, docs: text, model: text, env: text },
  allowPositionals: true,
});
const [id] = positionals;
const said: Asked = { ...values, ...(id === undefined ? {} : { id }) };
const asked = withStandIns(said);
const problems = problemsOf(asked);
if (id === undefined || problems.length > 0)
  stop(
    `${problems.join("\n")}\nnpm run new:provider -- ID [--protocol WIRE] [--base-url URL] [--name "My Host"] [--docs URL] [--model ID] [--env NAME]`,
  );

const range = `^${readManifest("packages/core").version}`;
const done = await scaffold({
  ...complete(asked),
  place: "inside",
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
  if (said[option] === undefined) console.log(`--${option} was not given: ${asked[option]} stands in for it`);
console.log(
  `Next: providers/${id}/src/provider.ts says where the host is and what it does differently; npm run check -- providers/${id} checks it.`,
);

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}
