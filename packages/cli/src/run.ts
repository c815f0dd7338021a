/** One run of the command line, from its arguments to its exit code. */
import { Command, CommanderError } from "commander";
import type { CommandContext } from "./commands/context.ts";
import { PACKAGE_FOLDER } from "./connection/installed.ts";
import { readManifest } from "./connection/manifest.ts";
import { type ExitCode, exitCodes } from "./terminal/exit-code.ts";
import { openScreen, type Screen } from "./terminal/screen.ts";

/** Runs one command. Never throws: an error is reported, and its exit code returned. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  const options = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  const screen = openScreen(options.includes("--json"));
  let code: ExitCode = exitCodes.ok;
  try {
    const version = (await readManifest(PACKAGE_FOLDER))?.version ?? "unknown";
    const root = await program(args, { screen, setExitCode: (given) => void (code = given) }, version);
    await root.parseAsync(args, { from: "user" });
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) {
      // --help and --version. The stream reports a full disk after the write.
      await new Promise((resolve) => setImmediate(resolve));
      return screen.failure === undefined ? exitCodes.ok : endOfClosed(screen);
    }
    if (cause instanceof CommanderError && cause.code === "commander.help") return exitCodes.usage; // no command: commander has printed the help on stderr
    if (screen.closed) return endOfClosed(screen);
    const { describeError } = await import("./terminal/error-description.ts");
    const description = describeError(cause);
    if (screen.json) await screen.outJson(description.json);
    else {
      screen.line(`error: ${description.line}`, "red");
      for (const detail of description.details ?? []) screen.line(`  ${detail}`);
      if (description.hint !== undefined) screen.line(`hint: ${description.hint}`);
    }
    if (process.env["LUMIVERSE_DEBUG"] !== undefined && cause instanceof Error) screen.piece(`${cause.stack}\n`);
    return description.exit;
  } finally {
    screen.release();
  }
  return screen.failure === undefined ? code : endOfClosed(screen);
}

/** The exit code when stdout or stderr accepts no more text. A closed pipe is no failure; a full disk is one. */
async function endOfClosed({ failure }: Screen): Promise<ExitCode> {
  if (failure === undefined) return exitCodes.ok;
  const { describeError } = await import("./terminal/error-description.ts");
  // If stderr itself failed, nothing can be reported.
  process.stderr.write(`error: the output could not be written: ${describeError(failure).line}\n`);
  return exitCodes.failed;
}

/** The commands in the order of the help. A command is loaded when it is called, because loading all of them takes longer than most commands run. */
const COMMANDS: Readonly<Record<string, () => Promise<(context: CommandContext) => Command>>> = {
  chat: async () => (await import("./commands/chat.ts")).chatCommand,
  connect: async () => (await import("./commands/connect.ts")).connectCommand,
  connections: async () => (await import("./commands/connections.ts")).connectionsCommand,
  use: async () => (await import("./commands/use.ts")).useCommand,
  edit: async () => (await import("./commands/edit.ts")).editCommand,
  copy: async () => (await import("./commands/copy.ts")).copyCommand,
  rm: async () => (await import("./commands/rm.ts")).rmCommand,
  card: async () => (await import("./commands/card.ts")).cardCommand,
  models: async () => (await import("./commands/models.ts")).modelsCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
  discover: async () => (await import("./commands/discover.ts")).discoverCommand,
  account: async () => (await import("./commands/account.ts")).accountCommand,
  export: async () => (await import("./commands/export.ts")).exportCommand,
  import: async () => (await import("./commands/import.ts")).importCommand,
  check: async () => (await import("./commands/check.ts")).checkCommand,
  explain: async () => (await import("./commands/explain.ts")).explainCommand,
  providers: async () => (await import("./commands/providers.ts")).providersCommand,
  "sign-in": async () => (await import("./commands/sign-in.ts")).signInCommand,
  serve: async () => (await import("./commands/serve.ts")).serveCommand,
  "management-keys": async () => (await import("./commands/management-keys.ts")).managementKeysCommand,
  demo: async () => (await import("./commands/demo.ts")).demoCommand,
  replay: async () => (await import("./commands/replay.ts")).replayCommand,
  record: async () => (await import("./commands/record.ts")).recordCommand,
  new: async () => (await import("./commands/new.ts")).newCommand,
};

/** The command that the arguments name, or all of them for help, completion and misspelt names. */
function namesToLoad([first = ""]: readonly string[]): string[] {
  return Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
}

async function program(args: readonly string[], context: CommandContext, version: string): Promise<Command> {
  const root = new Command("lumiverse")
    .description("Call model providers through one neutral chat API.")
    .version(version, "-v, --version")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse connect                                  (saves a connection; discover finds servers on this machine)
  lumiverse chat "Name three rivers."                (with the default connection)
  lumiverse chat groq "Name three rivers."           (with a provider and its key from the environment)
  git diff | lumiverse chat openai "Review this."
  lumiverse doctor                                   (says why a connection does not work)

Exit codes: 0 success, 1 failure, 2 usage or configuration, 3 key, 4 network or timeout, 5 refused by the provider,
6 the answer was cut off or is unreadable, 130 Ctrl-C.`,
    );
  const commands = await Promise.all(namesToLoad(args).map(async (name) => (await COMMANDS[name]?.())?.(context)));
  for (const command of [root, ...commands.filter((one) => one !== undefined)]) {
    // `run` reports all errors.
    command.exitOverride().configureOutput({ outputError: () => {} });
    if (command !== root) root.addCommand(command);
  }
  if (args[0] === "complete" || commands.length > 1)
    await (await import("./commands/completion.ts")).addCompletion(root, args, context.screen);
  return root;
}
