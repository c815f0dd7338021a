/** `npm create lumiverse-provider`: from words to a folder. Everything that it touches is handed in, so that a test can be the terminal. */
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Answers, type Asked, complete, problemsOf } from "./answers.ts";
import { commandOf, help } from "./arguments.ts";
import { ask } from "./ask.ts";
import type { Ranges } from "./manifest.ts";
import { scaffold } from "./scaffold.ts";

export interface Surroundings {
  /** The folder in which the person is. */
  cwd: string;
  /** ISO date of the day. */
  date: string;
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  errors: NodeJS.WritableStream;
  /** Somebody is there who can be asked. */
  terminal: boolean;
}

/** The exit code: 0 when the package is written, 1 when not. */
export async function create(args: readonly string[], around: Surroundings): Promise<number> {
  const { output, errors, cwd, date } = around;
  const refuse = (problems: readonly string[]): number => {
    errors.write(`${problems.join("\n")}\nnpm create lumiverse-provider -- --help shows what it takes.\n`);
    return 1;
  };
  const command = commandOf(args);
  if ("wrong" in command) return refuse([command.wrong]);
  const own = await ownManifest();
  if ("show" in command) {
    output.write(command.show === "help" ? help : `${own.version}\n`);
    return 0;
  }
  const asked = around.terminal && problemsOf(command.asked).length > 0 ? await askOrLeave(command.asked, around) : command.asked;
  if (asked === undefined) return refuse(["Nothing was written."]);
  const problems = problemsOf(asked);
  if (problems.length > 0) return refuse(problems);
  const answers = complete(asked);
  const directory = resolve(cwd, answers.directory);
  if (!(await isFree(directory))) return refuse([`${directory} is there already and is not empty: choose another with --directory`]);
  const { written } = await scaffold({ ...answers, directory, place: "outside", date, ranges: own.ranges });
  output.write(next(answers, written.length));
  return 0;
}

/** Undefined: the person went away (Ctrl-C, Ctrl-D). What was given and is wrong is told first, and not asked again. */
async function askOrLeave(given: Asked, { input, output }: Surroundings): Promise<Asked | undefined> {
  if (problemsOf(given).some((problem) => !/ is missing$| has no id$/.test(problem))) return given;
  try {
    return await ask(given, { input, output });
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return undefined;
    throw error;
  }
}

async function isFree(directory: string): Promise<boolean> {
  try {
    // An empty repository is a good place to start.
    return (await readdir(directory)).every((name) => name === ".git");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return false;
    throw error;
  }
}

/** The versions that this one was published with: packing turns the workspace's ranges in package.json into them. */
async function ownManifest(): Promise<{ version: string; ranges: Ranges }> {
  const { version, devDependencies } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
    devDependencies: Readonly<Record<string, string>>;
  }; // our own file, whose shape a test checks
  const range = (name: string): string => {
    const found = devDependencies[`@lumiverse/${name}`];
    return found === undefined || found.startsWith("workspace:") ? `^${version}` : found;
  };
  return { version, ranges: { version: "0.1.0", core: range("core"), protocols: range("protocols"), conformance: range("conformance") } };
}

function next({ names, directory, source }: Answers, files: number): string {
  const lines = [
    `${names.name}: ${files} files in ${directory}`,
    "",
    `  cd ${/\s/.test(directory) ? JSON.stringify(directory) : directory}`,
    "  npm install",
    "  npm test            types, and the whole conformance suite: it passes as it is",
    "  npm run report      the report, and the badge in README.md",
    "",
    "Then src/provider.ts says what the host does differently, and fixtures/ shows it: npm run record, or by hand after its documentation.",
    ...(source === undefined
      ? ["The first fixtures follow the wire's own documentation, and docs is the host itself: --docs was not given."]
      : []),
    "AGENTS.md has the commands and the rules.",
  ];
  return `${lines.join("\n")}\n`;
}
