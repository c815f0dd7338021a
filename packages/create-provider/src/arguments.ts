/** The command line of `npm create lumiverse-provider`. */
import { parseArgs } from "node:util";
import type { GivenAnswers, Question } from "./answers.ts";
import { protocols } from "./protocols.ts";

export const help: string = `Creates a provider package for Lumiverse. It installs, builds and passes its conformance tests before you change a line.

  npm create lumiverse-provider ID -- --protocol PROTOCOL --base-url URL [options]

  ID                   the provider's id in connect("ID"): lower-case letters, digits, hyphens
  --protocol PROTOCOL  the protocol of the host:
${Object.entries(protocols)
  .map(([id, { title }]) => `                         ${id.padEnd(18)}${title}`)
  .join("\n")}
  --base-url URL       the common start of all endpoints, with the version, such as https://api.acme.test/v1
  --name NAME          the vendor's name (default: made from the id)
  --docs URL           the vendor's API documentation, the source of the first fixtures
  --model ID           a model of the host, for the first fixtures (default: example-model)
  --env NAME           the environment variable of the key (default: ACME_API_KEY for acme)
  --package NAME       the npm package (default: lumiverse-provider-ID)
  --directory DIR      the folder to write, which must be empty or new (default: ./ID)
  --help, --version

On a terminal, it prompts for missing answers.

Examples:
  npm create lumiverse-provider acme -- --protocol chat-completions --base-url https://api.acme.test/v1
  npm create lumiverse-provider acme -- --protocol messages --base-url https://api.acme.test/v1 --docs https://docs.acme.test/api --model acme-large
  npm create lumiverse-provider acme -- --protocol responses --base-url http://localhost:8080/v1 --package @acme/lumiverse --directory packages/lumiverse
`;

/** A parsed command line: answers, a text to show, or a problem. */
export type Command = { given: GivenAnswers } | { show: "help" | "version" } | { problem: string };

export function commandOf(args: readonly string[]): Command {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return { problem: error instanceof Error ? (error.message.split(". ")[0] ?? error.message) : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { show: "help" };
  if (values.version === true) return { show: "version" };
  const [id, ...more] = positionals;
  // npm consumes options before a bare `--` and passes on only their values.
  if (more.length > 0)
    return {
      problem: `expected one id, and found more words: ${more.join(" ")}. npm passes on options only after a bare --, as in the examples`,
    };
  const given: GivenAnswers = id === undefined ? {} : { id };
  for (const question of OPTIONS) {
    const answer = values[question];
    if (answer !== undefined) given[question] = answer;
  }
  return { given };
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
