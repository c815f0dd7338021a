import type { Fixture } from "@lumiverse/conformance";
import { LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { demoCase, type Outcome, playCase } from "../demo.ts";
import { exitCodes, tell } from "../exit.ts";
import { fixturesOf, WITHOUT } from "../fixtures.ts";
import { seconds } from "../footer.ts";
import { installation } from "../installed.ts";
import type { Run } from "../run.ts";
import { table } from "../table.ts";

export function demoCommand({ screen, end }: Run): Command {
  return new Command("demo")
    .description("talk to every installed provider through real sockets, without a key: a local server replays their fixtures")
    .option("--json", "a JSON array on stdout")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse demo
  lumiverse demo --json | jq '.[] | select(.ok | not)'

Exit code 1 when one of them failed.`,
    )
    .action(async () => {
      const { installed, failed } = await installation();
      // Loaded when it is wanted: no other command needs the suite.
      const { keyOf, readFixtures, replay } = await import("@lumiverse/conformance");
      const { cases, folders, broken } = read(fixturesOf(installed), readFixtures);
      if (cases.size + broken.length === 0)
        throw new LumiverseError({
          code: "configuration",
          message: "there is nothing to play: no installed provider brings fixtures",
          hint: WITHOUT,
        });
      const outcomes: Outcome[] = [];
      const server = await replay({ fixtures: folders });
      const say = (text: string): Promise<void> => (screen.json ? Promise.resolve() : screen.out(text));
      try {
        for (const { provider } of installed) {
          if (screen.signal.aborted) break;
          const fixture = cases.get(provider.id);
          if (fixture !== undefined)
            outcomes.push(await playCase(provider, fixture, { server, key: keyOf(fixture.case, provider), signal: screen.signal, say }));
          else
            outcomes.push(
              broken.find((one) => one.provider === provider.id) ?? { provider: provider.id, skipped: "it brings no streamed answer" },
            );
        }
      } finally {
        await server.close();
      }
      if (screen.signal.aborted) return end(exitCodes.aborted);
      for (const one of failed) outcomes.push({ provider: one.package, ok: false, error: one.because });
      const lost = outcomes.filter((one) => one.ok === false).length;
      if (lost > 0) end(exitCodes.failed);
      if (screen.json) return screen.out(`${JSON.stringify(outcomes)}\n`);
      await screen.out(`\n${table(["PROVIDER", "", "WIRE", "TOKENS", "FIRST TOKEN", "FINISH"], outcomes.map(row))}`);
      const skipped = outcomes.filter((one) => one.skipped !== undefined).length;
      const answered = outcomes.length - lost - skipped;
      await screen.out(`\n${answered} providers answered, ${lost} failed${skipped === 0 ? "" : `, ${skipped} were not asked`}.\n`);
    });
}

interface Read {
  cases: Map<string, Fixture>;
  folders: Record<string, string>;
  broken: Outcome[];
}
/** A provider whose fixtures can't be read fails, and stops no other. */
function read(folders: Readonly<Record<string, string>>, readFixtures: (folder: string) => readonly Fixture[]): Read {
  const all: Read = { cases: new Map(), folders: {}, broken: [] };
  for (const [provider, folder] of Object.entries(folders)) {
    try {
      const fixture = demoCase(readFixtures(folder));
      if (fixture === undefined) continue;
      all.cases.set(provider, fixture);
      all.folders[provider] = folder;
    } catch (cause) {
      all.broken.push({ provider, ok: false, error: tell(cause).line });
    }
  }
  return all;
}

function row({ provider, ok, wire, tokens, firstMs, finishReason, skipped, error }: Outcome): string[] {
  const mark = ok === undefined ? "skipped" : ok ? "ok" : "failed";
  const counted =
    tokens?.input === undefined && tokens?.output === undefined ? "" : `${tokens.input ?? "?"} in, ${tokens.output ?? "?"} out`;
  const first = firstMs === undefined ? "" : seconds(firstMs);
  return [provider, mark, wire ?? "", counted, first, finishReason ?? skipped ?? error?.slice(0, 80) ?? ""];
}
