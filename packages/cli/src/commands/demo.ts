import type { Fixture } from "@lumiverse/conformance/fixtures";
import { LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { seconds } from "../answer/figures.ts";
import { fixturesOf, NO_FIXTURES_HINT } from "../connection/fixtures.ts";
import { installation } from "../connection/installed.ts";
import { describeError } from "../terminal/error-description.ts";
import { exitCodes } from "../terminal/exit-code.ts";
import type { Screen } from "../terminal/screen.ts";
import { table } from "../terminal/table.ts";
import type { CommandContext } from "./context.ts";
import { type Outcome, playCase } from "./demo-case.ts";

export function demoCommand({ screen, setExitCode }: CommandContext): Command {
  return new Command("demo")
    .description("call every installed provider without a key: a local server replays their fixtures over real sockets")
    .option("--json", "print one JSON array")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse demo
  lumiverse demo --json | jq '.[] | select(.ok | not)'

The exit code is 1 when a provider failed.`,
    )
    .action(async () => {
      const outcomes = await playInstalled(screen);
      // The signal also aborts when the reader of stdout closes the pipe, which is no failure.
      if (screen.signal.aborted) return screen.closed ? undefined : setExitCode(exitCodes.aborted);
      if (outcomes.some((one) => one.ok === false)) setExitCode(exitCodes.failed);
      if (screen.json) return screen.outJson(outcomes);
      await showOutcomes(outcomes, screen);
    });
}

/** Calls every installed provider, until Ctrl-C. Packages that could not be loaded count as failed. */
async function playInstalled(screen: Screen): Promise<Outcome[]> {
  const { installed, failed } = await installation();
  // Only the commands about fixtures load the conformance suite.
  const { demoCase, keyOf, readFixtures, replay } = await import("@lumiverse/conformance/fixtures");
  const { cases, folders, broken } = readCases(fixturesOf(installed), readFixtures, demoCase);
  if (cases.size + broken.length === 0)
    throw new LumiverseError({
      code: "configuration",
      message: "no installed provider has fixtures to replay",
      hint: NO_FIXTURES_HINT,
    });
  const outcomes: Outcome[] = [];
  const server = await replay({ fixtures: folders });
  const print = (text: string): Promise<void> => (screen.json ? Promise.resolve() : screen.out(text));
  try {
    for (const { provider } of installed) {
      if (screen.signal.aborted) break;
      const fixture = cases.get(provider.id);
      const unplayed = broken.find((one) => one.provider === provider.id) ?? {
        provider: provider.id,
        skipped: "it has no fixture of a streamed answer",
      };
      outcomes.push(
        fixture === undefined
          ? unplayed
          : await playCase(provider, fixture, { server, key: keyOf(fixture.case, provider), signal: screen.signal, print }),
      );
    }
  } finally {
    await server.close();
  }
  for (const one of failed) outcomes.push({ provider: one.package, ok: false, error: one.reason });
  return outcomes;
}

async function showOutcomes(outcomes: readonly Outcome[], screen: Screen): Promise<void> {
  await screen.outStyled(`\n${table(["PROVIDER", "RESULT", "PROTOCOL", "TOKENS", "FIRST TOKEN", "FINISH"], outcomes.map(row))}`);
  const failures = outcomes.filter((one) => one.ok === false).length;
  const skipped = outcomes.filter((one) => one.skipped !== undefined).length;
  const answered = outcomes.length - failures - skipped;
  await screen.out(`\n${answered} providers answered, ${failures} failed${skipped === 0 ? "" : `, ${skipped} were skipped`}.\n`);
}

interface Fixtures {
  cases: Map<string, Fixture>;
  folders: Record<string, string>;
  broken: Outcome[];
}

/** Reads one case per provider. A provider with unreadable fixtures counts as failed and does not affect the others. */
function readCases(
  folders: Readonly<Record<string, string>>,
  readFixtures: (folder: string) => readonly Fixture[],
  demoCase: (fixtures: readonly Fixture[]) => Fixture | undefined,
): Fixtures {
  const all: Fixtures = { cases: new Map(), folders: {}, broken: [] };
  for (const [provider, folder] of Object.entries(folders)) {
    try {
      const fixture = demoCase(readFixtures(folder));
      if (fixture === undefined) continue;
      all.cases.set(provider, fixture);
      all.folders[provider] = folder;
    } catch (cause) {
      all.broken.push({ provider, ok: false, error: describeError(cause).line });
    }
  }
  return all;
}

function row({ provider, ok, protocol, tokens, firstMs, finishReason, skipped, error }: Outcome): string[] {
  const mark = ok === undefined ? "skipped" : ok ? "ok" : "failed";
  const counted =
    tokens?.input === undefined && tokens?.output === undefined ? "" : `${tokens.input ?? "?"} in, ${tokens.output ?? "?"} out`;
  const first = firstMs === undefined ? "" : seconds(firstMs);
  return [provider, mark, protocol ?? "", counted, first, finishReason ?? skipped ?? error?.slice(0, 80) ?? ""];
}
