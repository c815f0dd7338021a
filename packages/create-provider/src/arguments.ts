import { parseArgs } from "node:util";
import type { Asked, Question } from "./answers.ts";
import { wires } from "./wires.ts";

export const help: string = `Starts a provider package for Lumiverse: one that installs, builds and passes conformance before you change a line.

  npm create lumiverse-provider ID -- --protocol WIRE --base-url URL [options]

  ID                the provider's name in connect("ID"): lower-case letters, digits, hyphens
  --protocol WIRE   the wire format that the host speaks:
${Object.entries(wires)
  .map(([wire, { title }]) => `                      ${wire.padEnd(18)}${title}`)
  .join("\n")}
  --base-url URL    what all endpoints begin with, version included, such as https://api.acme.test/v1
  --name NAME       as the vendor writes it; default: made of the id
  --docs URL        the vendor's API documentation, named as the source of the first fixtures
  --model ID        a model of the host, for the first fixtures; default: example-model
  --env NAME        the environment variable of the key; default: ACME_API_KEY for acme
  --package NAME    the npm package; default: lumiverse-provider-ID
  --directory DIR   where to write it; default: ./ID, which must be empty or not be there
  --help, --version

Run on a terminal, it asks for what was not given.

Examples:
  npm create lumiverse-provider acme -- --protocol chat-completions --base-url https://api.acme.test/v1
  npm create lumiverse-provider acme -- --protocol messages --base-url https://api.acme.test/v1 --docs https://docs.acme.test/api --model acme-large
  npm create lumiverse-provider acme -- --protocol responses --base-url http://localhost:8080/v1 --package @acme/lumiverse --directory packages/lumiverse
`;

/** What the command line says: to be carried out, to be shown, or wrong. */
export type Command = { asked: Asked } | { show: "help" | "version" } | { wrong: string };

export function commandOf(args: readonly string[]): Command {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return { wrong: error instanceof Error ? (error.message.split(". ")[0] ?? error.message) : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { show: "help" };
  if (values.version === true) return { show: "version" };
  const [id, ...more] = positionals;
  // npm takes options that stand before a bare `--` for its own, and hands on what is left of them.
  if (more.length > 0)
    return {
      wrong: `one id is wanted, and these words are there too: ${more.join(" ")}. npm hands options on only behind a bare --, as the examples show`,
    };
  const asked: Asked = id === undefined ? {} : { id };
  for (const question of OPTIONS) {
    const answer = values[question];
    if (answer !== undefined) asked[question] = answer;
  }
  return { asked };
}

const OPTIONS = ["protocol", "base-url", "name", "docs", "env", "package", "model", "directory"] as const satisfies readonly Question[];

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      protocol: text,
      "base-url": text,
      name: text,
      docs: text,
      env: text,
      package: text,
      model: text,
      directory: text,
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
  });
}
