/** The command line of `npm run bench`. */
import { script } from "@lumiverse/tools/command-line";

export interface Options {
  quick?: true;
  json?: true;
  peers: boolean;
  write?: true;
  subject: string;
  only?: string;
  profile?: string;
  weigh?: string;
}

export function benchScript(): ReturnType<typeof script> {
  return script(
    "bench",
    "Measure this library, the limit (fetch, eventsource-parser, JSON.parse) and the peers, each in its own process, in rounds.",
    [
      "--quick",
      "gateway",
      "--only text.messages --json > figures.json",
      "--only text.chat.64k --no-peers --quick",
      "--profile text.chat.64k",
    ],
  )
    .argument("[name]", "the same as --only")
    .option("--quick", "run for about a minute: fewer rounds, fewer measures, and peers in one measure")
    .option(
      "--only <name>",
      "run measures whose name starts with this: packets, text, tool, small, first-token, concurrency, models, rendering, aborts, stream-heap, growth, gateway, soak, footprint, or a longer name such as text.chat.64k",
    )
    .option("--no-peers", "measure only this library and the limit")
    .option("--json", "print the figures as JSON")
    .option("--write", "write docs/benchmarks.md and the chart of the README (only for a full run)")
    .option("--profile <name>", "show the CPU time of a text, tool or small measure by file and function")
    .option("--subject <name>", "profile this peer, such as openai", "lumiverse")
    .option("--weigh <name>", "show the modules that a browser loads for one chat: lumiverse.one, lumiverse.three");
}
