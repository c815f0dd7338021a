// `npm run new:provider -- ID [options]` creates a provider in this repository from the template of `npm create lumiverse-provider`.
import { join } from "node:path";
import { type GivenAnswers, problemsOf, scaffold, withDefaults, withPlaceholders } from "create-lumiverse-provider";
import { runCommand } from "./command.ts";
import { runScript, script } from "./command-line.ts";
import { writeGenerated } from "./generated.ts";
import { readManifest, root } from "./workspace.ts";

await runScript(
  script("new:provider", "Create a provider in this repository, from the template of `npm create lumiverse-provider`.", [
    "acme --protocol chat-completions --base-url https://api.acme.test/v1",
  ])
    .argument("<id>", "the id of the provider, and the name of its folder")
    .option("--protocol <protocol>", "the wire format of the host")
    .option("--base-url <url>", "where the host's API is")
    .option("--name <name>", "the name that people read")
    .option("--docs <url>", "the host's API reference")
    .option("--model <id>", "a model of the host")
    .option("--env <name>", "the environment variable with the key")
    .action(main),
);

async function main(id: string, { baseUrl, ...options }: Record<string, string>): Promise<void> {
  const given: GivenAnswers = { id, ...options, ...(baseUrl === undefined ? {} : { "base-url": baseUrl }) };
  const answers = withPlaceholders(given);
  const problems = problemsOf(answers);
  if (problems.length > 0) throw new Error(problems.join("\n"));

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
  if (!linked.ok) throw new Error(linked.output);
  for (const option of ["protocol", "base-url"] as const)
    if (given[option] === undefined) console.log(`--${option} is missing, so the package uses the placeholder ${answers[option]}.`);
  console.log(`Next: describe the host in providers/${id}/src/provider.ts, then run npm run check -- providers/${id}.`);
}
