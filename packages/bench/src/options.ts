/** The command line of `npm run bench`. */
import { parseArgs } from "node:util";

export const help = `npm run bench [-- OPTIONS]

Measures this library, the bare limit (fetch, eventsource-parser, JSON.parse) and the peers, each in a process of its own, in turns.

  --quick         about a minute: fewer rounds, fewer measures, peers in one of them
  --only NAME     what begins with NAME: text, tool, small, first, crowd, aborts, held, growth, soak, footprint, or longer, as text.chat.64k
  --no-peers      this library and the limit alone
  --json          figures on stdout, nothing else
  --write         puts the table into the README (a full run only)
  --profile NAME  where the CPU time of a text, tool or small measure goes, by file and function (--subject openai: of a peer)
  --weigh NAME    what is in the bundle that a browser loads for one chat: lumiverse.one, lumiverse.three
  --help

Examples:
  npm run bench -- --quick
  npm run bench -- --only text.messages --json > figures.json
  npm run bench -- --only text.chat.64k --no-peers --quick
  npm run bench -- --profile text.chat.64k
`;

export interface Options {
  quick: boolean;
  json: boolean;
  peers: boolean;
  write: boolean;
  help: boolean;
  subject: string;
  only?: string;
  profile?: string;
  weigh?: string;
}

/** Throws with what is wrong about them. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      peers: { type: "boolean", default: true },
      only: { type: "string" },
      write: { type: "boolean", default: false },
      profile: { type: "string" },
      weigh: { type: "string" },
      subject: { type: "string", default: "lumiverse" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.write && (values.quick || !values.peers || values.only !== undefined))
    throw new Error("--write goes with a full run: without --quick, --no-peers and --only");
  return values;
}
