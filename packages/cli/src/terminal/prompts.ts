/** Questions on a terminal. They are written to stderr, so that stdout holds the result only. Ctrl-C ends the command. */
import { LumiverseError } from "@lumiverse/core";
import { printableLine } from "./printable.ts";

export interface Choice<T extends string> {
  value: T;
  label: string;
  hint?: string;
}

export interface TextQuestion {
  initial?: string;
  placeholder?: string;
  required?: boolean;
  /** Returns what is wrong with an answer. */
  problem?: (answer: string) => string | undefined;
  signal?: AbortSignal;
}

const output = process.stderr;
/** Loaded for the first question, because most commands ask nothing. */
const library = (): Promise<typeof import("@clack/prompts")> => import("@clack/prompts");

/** True when a person can be asked: input and stderr are a terminal, and no JSON is wanted. */
export function canAsk({ json }: { json: boolean }): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && !json;
}

/** Asks for one line. The answer may be empty unless it is required. */
export async function askText(message: string, { initial, placeholder, required, problem, signal }: TextQuestion = {}): Promise<string> {
  const { text } = await library();
  return answered(
    await text({
      message: printableLine(message),
      output,
      ...(signal === undefined ? {} : { signal }),
      ...(initial === undefined ? {} : { initialValue: printableLine(initial) }),
      ...(placeholder === undefined ? {} : { placeholder: printableLine(placeholder) }),
      validate: validation(required, problem),
    }),
  ).trim();
}

/** Asks for a line that is not shown. */
export async function askSecret(message: string, { required, problem }: Omit<TextQuestion, "initial"> = {}): Promise<string> {
  const { password } = await library();
  return answered(await password({ message: printableLine(message), output, validate: validation(required, problem) })).trim();
}

export async function askChoice<T extends string>(message: string, choices: readonly Choice<T>[], initial?: T): Promise<T> {
  const { autocomplete, select } = await library();
  const options = choices.map(shown);
  const question = { message: printableLine(message), output, ...(initial === undefined ? {} : { initialValue: initial }) };
  const answer: unknown =
    choices.length > MANY
      ? await autocomplete<string>({ ...question, options, maxItems: MANY })
      : await select<string>({ ...question, options });
  return answered(answer) as T; // the value of a choice
}

export async function askChoices<T extends string>(
  message: string,
  choices: readonly Choice<T>[],
  initial: readonly string[] = [],
): Promise<T[]> {
  const { multiselect } = await library();
  const options = choices.map(shown);
  const answer: unknown = await multiselect<string>({
    message: printableLine(message),
    output,
    options,
    initialValues: [...initial],
    required: false,
    maxItems: MANY,
  });
  return answered(answer) as T[]; // values of choices
}

export async function askYesNo(message: string, initial = true): Promise<boolean> {
  const { confirm } = await library();
  return answered(await confirm({ message: printableLine(message), initialValue: initial, output }));
}

/** From this number of choices on, a list is searched by typing. */
const MANY = 12;

function shown({ value, label, hint }: Choice<string>): { value: string; label: string; hint?: string } {
  return { value, label: printableLine(label), ...(hint === undefined ? {} : { hint: printableLine(hint) }) };
}

function validation(required = false, problem?: TextQuestion["problem"]): (answer: string | undefined) => string | undefined {
  return (given) => {
    const answer = given?.trim() ?? "";
    if (answer === "") return required ? "An answer is needed." : undefined;
    return problem?.(answer);
  };
}

/** @throws LumiverseError `aborted` when the person pressed Ctrl-C */
function answered<T>(answer: T): Exclude<T, symbol> {
  // A symbol means Ctrl-C.
  if (typeof answer === "symbol") throw new LumiverseError({ code: "aborted", message: "cancelled; nothing was changed" });
  return answer as Exclude<T, symbol>; // checked above
}
