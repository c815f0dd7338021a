import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { fixturesOf, NO_FIXTURES_HINT } from "../connection/fixtures.ts";
import { type Installed, installation } from "../connection/installed.ts";
import { wholeNumber } from "../request/options.ts";
import type { Screen } from "../terminal/screen.ts";
import { table } from "../terminal/table.ts";
import type { CommandContext } from "./context.ts";
import { listenError, portNumber } from "./port.ts";

interface Options {
  port?: number;
  delay?: number;
}

export function replayCommand({ screen }: CommandContext): Command {
  return new Command("replay")
    .description("serve fixtures over HTTP, so that programs can call a provider without a key or a network")
    .argument("[folder...]", "folders of fixtures, such as providers/groq/fixtures (default: those of all installed providers)")
    .option("--port <n>", "the port (default: any free port)", portNumber)
    .option("--delay <ms>", "the pause between two events of a stream", wholeNumber)
    .option("--json", "print one JSON object with the URLs")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse replay --port 8090
  lumiverse replay providers/groq/fixtures
  lumiverse chat groq --base-url http://127.0.0.1:8090/groq/openai/v1 "hello"     (in another terminal)

The server runs until Ctrl-C.`,
    )
    .action((folders: string[], options: Options) => serveFixtures(folders, options, screen));
}

/** Serves until Ctrl-C. */
async function serveFixtures(folders: readonly string[], { port, delay }: Options, screen: Screen): Promise<void> {
  const { installed } = await installation();
  const fixtures = folders.length === 0 ? fixturesOf(installed) : fixturesIn(folders);
  if (Object.keys(fixtures).length === 0)
    throw new LumiverseError({
      code: "configuration",
      message: "no installed provider has fixtures",
      hint: NO_FIXTURES_HINT,
    });
  const { replay } = await import("@lumiverse/conformance/fixtures");
  const server = await replay({
    fixtures,
    ...(port === undefined ? {} : { port }),
    ...(delay === undefined ? {} : { delayMs: delay }),
  }).catch((cause: unknown) => {
    throw listenError(cause, "127.0.0.1", port ?? 0);
  });
  const urls = Object.keys(fixtures).map((id) => ({ provider: id, baseURL: server.baseURL(id, baseOf(installed, id)) }));
  if (screen.json) await screen.outJson({ origin: server.origin, providers: urls });
  else
    await screen.outStyled(
      table(
        ["PROVIDER", "BASE URL"],
        urls.map((one) => [one.provider, one.baseURL]),
      ),
    );
  screen.line(`Serving at ${server.origin}. Press Ctrl-C to stop.`, "dim");
  if (!screen.signal.aborted) await new Promise((done) => screen.signal.addEventListener("abort", done, { once: true }));
  await server.close();
}

/** The provider's id is the name of the folder, or of its parent when the folder is called `fixtures`. */
function fixturesIn(folders: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    folders.map((folder) => {
      const path = resolve(folder);
      if (!existsSync(path)) throw new LumiverseError({ code: "configuration", message: `the folder ${folder} does not exist` });
      return [basename(path) === "fixtures" ? basename(dirname(path)) : basename(path), path];
    }),
  );
}

function baseOf(installed: readonly Installed[], id: string): string {
  return installed.find((one) => one.provider.id === id)?.provider.base ?? "http://localhost/v1";
}
