/** One run of the command line, from its arguments to its exit code. */
import { Command, CommanderError } from "commander";
import { accountCommand } from "./commands/account.ts";
import { chatCommand } from "./commands/chat.ts";
import { checkCommand } from "./commands/check.ts";
import { demoCommand } from "./commands/demo.ts";
import { explainCommand } from "./commands/explain.ts";
import { modelsCommand } from "./commands/models.ts";
import { newCommand } from "./commands/new.ts";
import { providersCommand } from "./commands/providers.ts";
import { recordCommand } from "./commands/record.ts";
import { replayCommand } from "./commands/replay.ts";
import { signInCommand } from "./commands/sign-in.ts";
import { type ExitCode, exitCodes, tell } from "./exit.ts";
import { OWN } from "./installed.ts";
import { readManifest } from "./manifest.ts";
import { openScreen, type Screen } from "./screen.ts";

/** What a command is made with. It returns its exit code through `end`. */
export interface Run {
  screen: Screen;
  end(code: ExitCode): void;
}

export async function run(args: readonly string[]): Promise<ExitCode> {
  const options = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  const screen = openScreen(options.includes("--json"));
  let code: ExitCode = exitCodes.ok;
  try {
    const version = (await readManifest(OWN))?.version ?? "unknown";
    await program({ screen, end: (given) => void (code = given) }, version).parseAsync(args, { from: "user" });
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) return exitCodes.ok; // --help, --version
    if (cause instanceof CommanderError && cause.code === "commander.help") return exitCodes.usage; // no command: the help is on stderr
    if (screen.gone) return exitCodes.ok;
    const told = tell(cause);
    if (screen.json) await screen.out(`${JSON.stringify(told.json)}\n`);
    else {
      screen.line(`error: ${told.line}`, "red");
      if (told.hint !== undefined) screen.line(`hint: ${told.hint}`);
    }
    if (process.env["LUMIVERSE_DEBUG"] !== undefined && cause instanceof Error) screen.line(cause.stack ?? "");
    return told.exit;
  } finally {
    screen.release();
  }
  return code;
}

function program(run: Run, version: string): Command {
  const root = new Command("lumiverse")
    .description("Talk to model providers through one neutral chat API.")
    .version(version, "-v, --version")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse chat groq "Name three rivers."
  lumiverse chat custom --base-url http://localhost:1234 "hello"
  git diff | lumiverse chat openai "Review this."
  lumiverse providers

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 key, 4 network or time, 5 refused by the provider,
6 an answer that broke off or can't be read, 130 Ctrl-C.`,
    );
  const commands = [
    chatCommand(run),
    explainCommand(run),
    providersCommand(run),
    modelsCommand(run),
    checkCommand(run),
    accountCommand(run),
    signInCommand(run),
    demoCommand(run),
    replayCommand(run),
    recordCommand(run),
    newCommand(run),
  ];
  for (const command of [root, ...commands]) {
    // Errors are told in one place, by `run`.
    command.exitOverride().configureOutput({ outputError: () => {} });
    if (command !== root) root.addCommand(command);
  }
  return root;
}
