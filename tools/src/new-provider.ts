// `npm run new:provider -- ID [--name "My Host"] [--docs URL] [--base URL] [--env NAME]`: a provider in this repository, from the template that
// `npm create lumiverse-provider` uses outside of it.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkId, scaffold } from "create-lumiverse-provider";
import { runCommand } from "./command.ts";
import { writeGenerated } from "./generated.ts";
import { readManifest, root } from "./workspace.ts";

const { values, positionals } = parseArgs({
  options: { name: { type: "string" }, docs: { type: "string" }, base: { type: "string" }, env: { type: "string" } },
  allowPositionals: true,
});
const id = positionals[0];
if (id === undefined) stop('npm run new:provider -- ID [--name "My Host"] [--docs URL] [--base URL] [--env NAME]');
const wrong = checkId(id);
if (wrong !== undefined) stop(wrong);

const range = `^${readManifest("packages/core").version}`;
const done = await scaffold({
  names: {
    id,
    name: values.name ?? id,
    docs: values.docs ?? "https://example.com/docs",
    base: values.base ?? "https://api.example.com/v1",
    ...(values.env === undefined ? {} : { env: values.env }),
  },
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
console.log(
  `Next: providers/${id}/src/provider.ts says where the host is and what it does differently; npm run check -- providers/${id} checks it.`,
);

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}
