import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { fixturesOf, WITHOUT } from "../fixtures.ts";
import { type Installed, installation } from "../installed.ts";
import { wholeNumber } from "../request-options.ts";
import type { Run } from "../run.ts";
import { table } from "../table.ts";

export function replayCommand({ screen }: Run): Command {
  return new Command("replay")
    .description("serve fixtures over HTTP, so that anything can talk to a provider without a key and without the network")
    .argument("[folder...]", "folders of fixtures, such as providers/groq/fixtures; default: those of all installed providers")
    .option("--port <n>", "default: any free one", wholeNumber)
    .option("--delay <ms>", "between two events of a stream", wholeNumber)
    .option("--json", "one JSON object with the URLs on stdout")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse replay --port 8090
  lumiverse replay providers/groq/fixtures
  lumiverse chat groq --base-url http://127.0.0.1:8090/groq/openai/v1 "hello"     (in another terminal)

It serves until Ctrl-C.`,
    )
    .action(async (folders: string[], options: { port?: number; delay?: number }) => {
      const { installed } = await installation();
      const fixtures = folders.length === 0 ? fixturesOf(installed) : named(folders);
      if (Object.keys(fixtures).length === 0)
        throw new LumiverseError({
          code: "configuration",
          message: "there are no fixtures: no installed provider brings any",
          hint: WITHOUT,
        });
      const { replay } = await import("@lumiverse/conformance");
      const server = await replay({
        fixtures,
        ...(options.port === undefined ? {} : { port: options.port }),
        ...(options.delay === undefined ? {} : { delayMs: options.delay }),
      }).catch((cause: unknown) => {
        throw inUse(cause, options.port) ?? cause;
      });
      const urls = Object.keys(fixtures).map((id) => ({ provider: id, baseURL: server.baseURL(id, baseOf(installed, id)) }));
      await screen.out(
        screen.json
          ? `${JSON.stringify({ origin: server.origin, providers: urls })}\n`
          : table(
              ["PROVIDER", "BASE URL"],
              urls.map((one) => [one.provider, one.baseURL]),
            ),
      );
      screen.line(`Serving at ${server.origin}; Ctrl-C ends.`, "dim");
      if (!screen.signal.aborted) await new Promise((done) => screen.signal.addEventListener("abort", done, { once: true }));
      await server.close();
    });
}

/** The provider's id is the folder's name, or its parent's where the folder is called `fixtures`. */
function named(folders: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    folders.map((folder) => {
      const path = resolve(folder);
      if (!existsSync(path)) throw new LumiverseError({ code: "configuration", message: `there is no folder ${folder}` });
      return [basename(path) === "fixtures" ? basename(dirname(path)) : basename(path), path];
    }),
  );
}

function baseOf(installed: readonly Installed[], id: string): string {
  return installed.find((one) => one.provider.id === id)?.provider.base ?? "http://localhost/v1";
}

function inUse(cause: unknown, port: number | undefined): LumiverseError | undefined {
  if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) return undefined;
  return new LumiverseError({
    code: "configuration",
    field: "port",
    message: `port ${port} is taken`,
    hint: "Leave --port out for a free one",
    cause,
  });
}
