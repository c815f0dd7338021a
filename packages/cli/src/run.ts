/** One run of the command line, from its arguments to its exit code. */
import { Command, CommanderError } from "commander";
import { accountCommand } from "./commands/account.ts";
import { cardCommand } from "./commands/card.ts";
import { chatCommand } from "./commands/chat.ts";
import { checkCommand } from "./commands/check.ts";
import { addCompletion } from "./commands/completion.ts";
import { connectCommand } from "./commands/connect.ts";
import { connectionsCommand } from "./commands/connections.ts";
import type { CommandContext } from "./commands/context.ts";
import { demoCommand } from "./commands/demo.ts";
import { discoverCommand } from "./commands/discover.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { editCommand } from "./commands/edit.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { importCommand } from "./commands/import.ts";
import { modelsCommand } from "./commands/models.ts";
import { newCommand } from "./commands/new.ts";
import { providersCommand } from "./commands/providers.ts";
import { recordCommand } from "./commands/record.ts";
import { replayCommand } from "./commands/replay.ts";
import { rmCommand } from "./commands/rm.ts";
import { signInCommand } from "./commands/sign-in.ts";
import { useCommand } from "./commands/use.ts";
import { PACKAGE_FOLDER } from "./connection/installed.ts";
import { readManifest } from "./connection/manifest.ts";
import { describeError } from "./terminal/error-description.ts";
import { type ExitCode, exitCodes } from "./terminal/exit-code.ts";
import { openScreen, type Screen } from "./terminal/screen.ts";

/** Runs one command. Never throws: an error is reported, and its exit code returned. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  const options = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  const screen = openScreen(options.includes("--json"));
  let code: ExitCode = exitCodes.ok;
  try {
    const version = (await readManifest(PACKAGE_FOLDER))?.version ?? "unknown";
    const root = await program({ screen, setExitCode: (given) => void (code = given) }, version);
    await root.parseAsync(args, { from: "user" });
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) return exitCodes.ok; // --help, --version
    if (cause instanceof CommanderError && cause.code === "commander.help") return exitCodes.usage; // no command: commander has printed the help on stderr
    if (screen.closed) return endOfClosed(screen);
    const description = describeError(cause);
    if (screen.json) await screen.outJson(description.json);
    else {
      screen.line(`error: ${description.line}`, "red");
      for (const detail of description.details ?? []) screen.line(`  ${detail}`);
      if (description.hint !== undefined) screen.line(`hint: ${description.hint}`);
    }
    if (process.env["LUMIVERSE_DEBUG"] !== undefined && cause instanceof Error) screen.line(cause.stack ?? "");
    return description.exit;
  } finally {
    screen.release();
  }
  return screen.failure === undefined ? code : endOfClosed(screen);
}

/** The exit code when stdout or stderr takes no more text. A reader that has closed the pipe is satisfied; a full disk is a failure. */
function endOfClosed({ failure }: Screen): ExitCode {
  if (failure === undefined) return exitCodes.ok;
  // If stderr is the one that failed, nobody can be told.
  process.stderr.write(`error: the output could not be written: ${describeError(failure).line}\n`);
  return exitCodes.failed;
}

async function program(context: CommandContext, version: string): Promise<Command> {
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
  const commands = [
    chatCommand(context),
    connectCommand(context),
    connectionsCommand(context),
    useCommand(context),
    editCommand(context),
    rmCommand(context),
    cardCommand(context),
    modelsCommand(context),
    doctorCommand(context),
    discoverCommand(context),
    accountCommand(context),
    exportCommand(context),
    importCommand(context),
    checkCommand(context),
    explainCommand(context),
    providersCommand(context),
    signInCommand(context),
    demoCommand(context),
    replayCommand(context),
    recordCommand(context),
    newCommand(context),
  ];
  for (const command of [root, ...commands]) {
    // `run` reports all errors.
    command.exitOverride().configureOutput({ outputError: () => {} });
    if (command !== root) root.addCommand(command);
  }
  await addCompletion(root, context.screen);
  return root;
}
