/** The command line of `npm run bench`. */
import { parseArgs } from "node:util";

export const help = `npm run bench [-- OPTIONS] [-- NAME]

Measures this library, the limit (fetch, eventsource-parser, JSON.parse) and the peers, each in its own process, in rounds.

  --quick         run for about a minute: fewer rounds, fewer measures, and peers in one measure
  --only NAME     run measures whose name starts with NAME: text, tool, small, first-token, concurrency, aborts, stream-heap, growth, gateway, soak,
                  footprint, or a longer name such as text.chat.64k
  --no-peers      measure only this library and the limit
  --json          print the figures as JSON
  --write         write the table to the README (only for a full run)
  --profile NAME  show the CPU time of a text, tool or small measure by file and function (--subject openai: of a peer)
  --weigh NAME    show the modules that a browser loads for one chat: lumiverse.one, lumiverse.three
  --help

Examples:
  npm run bench -- --quick
  npm run bench -- gateway                                 (the same as --only gateway)
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

/** @throws Error for invalid options */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowNegative: true,
    allowPositionals: true,
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
  if (values.write && (values.quick || !values.peers || values.only !== undefined || positionals.length > 0))
    throw new Error("--write needs a full run, without --quick, --no-peers and --only");
  const only = values.only ?? positionals[0];
  return { ...values, ...(only === undefined ? {} : { only }) };
}
