/** The command line of a program of this repository: options, `--help`, and one line for each error. */
import { statSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";

const FAILED = 1;
const USAGE = 2;

/**
 * A program that runs as `npm run <script>`.
 * @param examples the text after `npm run <script> -- `, one line each; an empty text is the script alone
 */
export function script(name: string, description: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  npm run ${name}${example === "" ? "" : ` -- ${example}`}`);
  return new Command(`npm run ${name} --`)
    .description(description)
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`)
    .exitOverride()
    .configureOutput({ outputError: () => {} }); // `runScript` prints all errors
}

/** Runs the program with the arguments of this process. Sets `process.exitCode` to 2 for wrong arguments and to 1 for everything else that is thrown. */
export async function runScript(command: Command): Promise<void> {
  // A reader that closes the pipe early (`| head`) is not a failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.stderr.write(`error: the output could not be written: ${error.message}\n`);
    process.exit(error.code === "EPIPE" ? 0 : FAILED);
  });
  try {
    await command.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help
    const isUsage = error instanceof CommanderError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`error: ${message.replace(/^error: /, "")}\n`);
    if (isUsage) process.stderr.write("hint: --help lists the arguments and options\n");
    else if (process.env["LUMIVERSE_DEBUG"] === undefined) process.stderr.write("hint: LUMIVERSE_DEBUG=1 prints the stack trace\n");
    else if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = isUsage ? USAGE : FAILED;
  }
}

/** Reads an option that is a whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) throw new InvalidArgumentError("It is a whole number, such as 7.");
  return Number(text);
}

/** Reads an option that is a whole number from 1. */
export function positiveNumber(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw new InvalidArgumentError("It is at least 1.");
  return number;
}

/** Reads an argument or option that is the path of a folder. */
export function existingFolder(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new InvalidArgumentError("There is no such folder.");
  if (!found.isDirectory()) throw new InvalidArgumentError("It is not a folder.");
  return path;
}

/** Adds a value to those that an option has been given already. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
