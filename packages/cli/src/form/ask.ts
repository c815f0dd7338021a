/** Asks for the fields of a connection's form at a terminal. */
import { type Form, type FormField, type FormSection, isShown, valueAt, withValue } from "@lumiverse/connections";
import type { JsonObject } from "@lumiverse/core/provider";
import { askChoice, askChoices, askSecret, askText, askYesNo } from "../terminal/prompts.ts";

/** Sections of the fields that every connection has. All others are asked for only when the person wants to change them. */
const ALWAYS = ["Connection", "Credential", "Address", "Model"];
const NOT_SET = "";

/** Asks section by section for settings that the person wants to change. Returns the values with the answers laid over them. */
export async function askSettings(form: Form, values: JsonObject): Promise<JsonObject> {
  const sections = form.sections.filter(({ title }) => !ALWAYS.includes(title));
  if (sections.length === 0 || !(await askYesNo("Change other settings?", false))) return values;
  const chosen = await askChoices(
    "Which ones?",
    sections.map(({ title, fields }) => ({
      value: title,
      label: title,
      hint: fields
        .map((field) => field.title)
        .join(", ")
        .slice(0, 60),
    })),
  );
  let answers = values;
  for (const section of sections.filter(({ title }) => chosen.includes(title))) answers = await askSection(form, section, answers);
  return answers;
}

async function askSection(form: Form, section: FormSection, values: JsonObject): Promise<JsonObject> {
  let answers = values;
  for (const field of section.fields) {
    // An answer can show or hide the fields after it.
    if (!isShown(field, form.fields, answers)) continue;
    answers = withValue(answers, field.path, await askField(field, valueAt(answers, field.path)));
  }
  return answers;
}

/** Asks for the value of one field. Undefined: none. */
export async function askField(field: FormField, current: unknown): Promise<unknown> {
  const { kind, title, help, choices = [], placeholder, required } = field;
  const message = help === undefined ? title : `${title}: ${help}`;
  const initial = current ?? field.default;
  switch (kind) {
    case "boolean":
      return askYesNo(message, initial === true);
    case "tri-state":
      return askOnOff(message, initial);
    case "choice":
      return askOne(field, message, initial);
    case "choices": {
      const answer = await askChoices(
        message,
        choices.map(({ value, title: label }) => ({ value, label })),
        Array.isArray(current) ? current.filter((one) => typeof one === "string") : [],
      );
      return answer.length === 0 ? undefined : answer;
    }
    case "secret":
    case "secret-text": {
      const answer = await askSecret(`${message} (empty: unchanged)`);
      return answer === "" ? undefined : answer;
    }
    case "number": {
      const answer = await askText(message, { initial: textOf(initial), required, problem: numberProblem(field) });
      return answer === "" ? undefined : Number(answer);
    }
    case "list":
    case "record":
    case "json":
      if (field.writeOnly === true) return askSecretJson(message);
      return kind === "list" && field.items?.type === "string" ? askTexts(field, message, initial) : askJson(field, message, initial);
    case "text":
    case "url":
    case "model": {
      const answer = await askText(message, { initial: textOf(initial), required, ...(placeholder === undefined ? {} : { placeholder }) });
      return answer === "" ? undefined : answer;
    }
    case "sign-in":
      return undefined;
    default:
      return kind satisfies never;
  }
}

async function askOnOff(message: string, initial: unknown): Promise<boolean | undefined> {
  const choices = [
    { value: NOT_SET, label: "Not set" },
    { value: "on", label: "On" },
    { value: "off", label: "Off" },
  ];
  const answer = await askChoice(message, choices, initial === undefined ? NOT_SET : initial === true ? "on" : "off");
  return answer === NOT_SET ? undefined : answer === "on";
}

async function askOne(field: FormField, message: string, initial: unknown): Promise<string | undefined> {
  const { choices = [], required } = field;
  const unset = field.default === undefined && !required ? [{ value: NOT_SET, label: "Not set" }] : [];
  const all = [...unset, ...choices.map(({ value, title: label }) => ({ value, label }))];
  const answer = await askChoice(message, all, typeof initial === "string" ? initial : undefined);
  return answer === NOT_SET ? undefined : answer;
}

async function askSecretJson(message: string): Promise<unknown> {
  const answer = await askSecret(`${message} (JSON; empty: unchanged)`, { problem: jsonProblem });
  return answer === "" ? undefined : JSON.parse(answer);
}

async function askJson({ required }: FormField, message: string, initial: unknown): Promise<unknown> {
  const answer = await askText(`${message} (JSON)`, { initial: textOf(initial), required, problem: jsonProblem });
  return answer === "" ? undefined : JSON.parse(answer);
}

/** A list of texts without commas. */
async function askTexts({ required }: FormField, message: string, initial: unknown): Promise<string[] | undefined> {
  const shown = Array.isArray(initial) ? initial.join(", ") : textOf(initial);
  const answer = await askText(`${message} (separated by commas)`, { initial: shown, required });
  if (answer === "") return undefined;
  return answer
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

function numberProblem({ min, max, integer = false }: FormField): (answer: string) => string | undefined {
  return (answer) => {
    const value = Number(answer);
    if (!Number.isFinite(value)) return "A number is needed.";
    if (integer && !Number.isSafeInteger(value)) return "A whole number is needed.";
    if (min !== undefined && value < min) return `At least ${min} is needed.`;
    return max !== undefined && value > max ? `At most ${max} is possible.` : undefined;
  };
}

function jsonProblem(answer: string): string | undefined {
  try {
    JSON.parse(answer);
    return undefined;
  } catch {
    return "This is not JSON.";
  }
}
