/** `npm create lumiverse-provider`: from arguments to a folder. Effects are passed in, so that tests can act as the terminal. */
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Answers, type GivenAnswers, problemsOf, withDefaults } from "./answers.ts";
import { commandOf, help } from "./arguments.ts";
import type { Ranges } from "./manifest.ts";
import { promptForAnswers } from "./prompts.ts";
import { scaffold } from "./scaffold.ts";

export interface Environment {
  /** The current folder. */
  cwd: string;
  /** Today, as an ISO date. */
  date: string;
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  errors: NodeJS.WritableStream;
  /** True when a person can answer prompts. */
  isTerminal: boolean;
}

/** Creates a package. Returns the exit code: 0 when the package is written, otherwise 1. */
export async function create(args: readonly string[], environment: Environment): Promise<number> {
  const { output, errors, cwd, date } = environment;
  const refuse = (problems: readonly string[]): number => {
    errors.write(`${problems.join("\n")}\nRun npm create lumiverse-provider -- --help for the options.\n`);
    return 1;
  };
  const command = commandOf(args);
  if ("problem" in command) return refuse([command.problem]);
  const own = await ownManifest();
  if ("show" in command) {
    output.write(command.show === "help" ? help : `${own.version}\n`);
    return 0;
  }
  const given =
    environment.isTerminal && problemsOf(command.given).length > 0 ? await promptUnlessInvalid(command.given, environment) : command.given;
  if (given === undefined) return refuse(["Cancelled. Nothing was written."]);
  const problems = problemsOf(given);
  if (problems.length > 0) return refuse(problems);
  const answers = withDefaults(given);
  const directory = resolve(cwd, answers.directory);
  if (!(await isFree(directory))) return refuse([`${directory} already exists and is not empty. Choose another folder with --directory`]);
  const { written } = await scaffold({ ...answers, directory, kind: "standalone", date, ranges: own.ranges });
  output.write(nextSteps(answers, written.length));
  return 0;
}

/** Prompts for missing answers. Invalid answers are returned as they are, to be reported. Undefined: the person cancelled with Ctrl-C or Ctrl-D. */
async function promptUnlessInvalid(given: GivenAnswers, { input, output }: Environment): Promise<GivenAnswers | undefined> {
  if (problemsOf(given).some((problem) => !problem.endsWith(" is missing"))) return given;
  try {
    return await promptForAnswers(given, { input, output });
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return undefined;
    throw error;
  }
}

async function isFree(directory: string): Promise<boolean> {
  try {
    // A new git repository counts as empty.
    return (await readdir(directory)).every((name) => name === ".git");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return false;
    throw error;
  }
}

/** The version ranges for the new package. Packing replaces the workspace ranges in package.json with the published ones. */
async function ownManifest(): Promise<{ version: string; ranges: Ranges }> {
  const { version, devDependencies } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
    devDependencies: Readonly<Record<string, string>>;
  }; // a test checks the shape of this file
  const range = (name: string): string => {
    const found = devDependencies[`@lumiverse/${name}`];
    return found === undefined || found.startsWith("workspace:") ? `^${version}` : found;
  };
  return { version, ranges: { version: "0.1.0", core: range("core"), protocols: range("protocols"), conformance: range("conformance") } };
}

function nextSteps({ names, directory, source }: Answers, files: number): string {
  const lines = [
    `${names.name}: ${files} files in ${directory}`,
    "",
    `  cd ${/\s/.test(directory) ? JSON.stringify(directory) : directory}`,
    "  npm install",
    "  npm test            checks types and runs the conformance suite; both pass",
    "  npm run report      writes the report and the badge in README.md",
    "",
    "Next, describe the host's differences in src/provider.ts and show them in fixtures/: with npm run record, or by hand from its documentation.",
    ...(source === undefined
      ? ["Without --docs, the first fixtures follow the documentation of the protocol, and docs is the URL of the host."]
      : []),
    "AGENTS.md lists the commands and the rules.",
  ];
  return `${lines.join("\n")}\n`;
}
