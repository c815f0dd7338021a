/** Compares a turn with what its case expects. Every difference is a sentence with a path. */
import { isLumiverseError, isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Expect } from "../fixture/fixture.ts";
import { describeEnd, errorOf, type Turn } from "./play.ts";

/** Describes where `actual` differs from `part`. Of objects, only the fields that `part` names are compared. */
export function partFaults(actual: unknown, part: unknown, at: string): string[] {
  if (isObject(part) && isObject(actual)) {
    const faults: string[] = [];
    for (const key of Object.keys(part)) faults.push(...partFaults(actual[key], part[key], `${at}.${key}`));
    return faults;
  }
  if (Array.isArray(part) && Array.isArray(actual)) {
    if (part.length !== actual.length) return [`${at} has ${actual.length} items, expected ${part.length}: ${preview(actual)}`];
    return part.flatMap((item, i) => partFaults(actual[i], item, `${at}[${i}]`));
  }
  return Object.is(actual, part) ? [] : [`${at} is ${preview(actual)}, expected ${preview(part)}`];
}

/** Describes where two JSON values differ in any field. */
export function wholeFaults(actual: unknown, expected: unknown, at: string): string[] {
  if (isObject(expected) && isObject(actual)) {
    // Two events or parts of different types have no fields to compare.
    if (actual["type"] !== expected["type"]) return [`${at} is ${preview(actual)}, expected ${preview(expected)}`];
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual).filter((key) => actual[key] !== undefined)]);
    return [...keys].flatMap((key) => wholeFaults(actual[key], expected[key], `${at}.${key}`));
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const faults = expected.flatMap((item, i) => (i < actual.length ? wholeFaults(actual[i], item, `${at}[${i}]`) : []));
    if (expected.length !== actual.length) faults.push(`${at} has ${actual.length} items, expected ${expected.length}`);
    return faults;
  }
  return Object.is(actual, expected) ? [] : [`${at} is ${preview(actual)}, expected ${preview(expected)}`];
}

/** Describes where a turn differs from what its case expects. */
export function turnFaults(turn: Turn, mode: "stream" | "generate"): string[] {
  const { expect } = turn;
  if (expect.error !== undefined) return errorFaults(turn, expect.error);
  if (turn.error !== undefined) return [`it failed with ${describeEnd(turn)}`];
  const faults: string[] = [];
  if (expect.events !== undefined && mode === "stream") faults.push(...wholeFaults(turn.events, expect.events, "events"));
  if (expect.response !== undefined) faults.push(...partFaults(turn.response, expect.response, "response"));
  if (expect.notes !== undefined) faults.push(...noteFaults(turn, expect.notes));
  if ("value" in expect) faults.push(...partFaults(turn.value, expect.value, "value"));
  return faults;
}

function errorFaults(turn: Turn, expected: NonNullable<Expect["error"]>): string[] {
  if (turn.error === undefined) return [`error.code ${expected.code} was expected, but it ended with ${describeEnd(turn)}`];
  const { error } = turn;
  if (!isLumiverseError(error))
    return [`error.code ${expected.code} was expected, but an untyped error was thrown: ${errorOf(error).message}`];
  const { message, hint, generation, partial, ...exact } = expected;
  const faults = partFaults({ ...error.toJSON() }, exact, "error");
  if (message !== undefined && !error.message.includes(message))
    faults.push(`error.message ${preview(error.message)} does not contain ${preview(message)}`);
  if (hint !== undefined && error.hint?.includes(hint) !== true)
    faults.push(`error.hint ${preview(error.hint)} does not contain ${preview(hint)}`);
  if (generation !== undefined && error.generation?.includes(generation) !== true)
    faults.push(`error.generation ${preview(error.generation)} does not contain ${preview(generation)}`);
  if (partial !== undefined) faults.push(...partFaults(error.partial, partial, "error.partial"));
  return faults;
}

function noteFaults(turn: Turn, expected: NonNullable<Expect["notes"]>): string[] {
  const spell = (note: { kind: string; field?: string }): string => (note.field === undefined ? note.kind : `${note.kind} ${note.field}`);
  const have = (turn.response?.notes ?? []).map(spell).sort();
  const want = expected.map(spell).sort();
  return have.join(", ") === want.join(", ") ? [] : [`notes are [${have.join(", ")}], expected [${want.join(", ")}]`];
}

/** Describes where a request body violates `expect.sent`. */
export function sentFaults(body: string | undefined, sent: NonNullable<Expect["sent"]>): string[] {
  const json: unknown = body === undefined ? undefined : JSON.parse(body);
  const faults: string[] = [];
  for (const [pointer, value] of Object.entries(sent.has ?? {})) faults.push(...wholeFaults(at(json, pointer), value, `body${pointer}`));
  for (const pointer of sent.lacks ?? [])
    if (at(json, pointer) !== undefined) faults.push(`body${pointer} is ${preview(at(json, pointer))} but must not be sent`);
  return faults;
}
function at(json: unknown, pointer: string): unknown {
  let value = json;
  for (const piece of pointer.split("/").slice(1)) {
    const key = piece.replaceAll("~1", "/").replaceAll("~0", "~");
    value = typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined; // arrays have their indexes as own keys
  }
  return value;
}
/** A value as JSON, shortened to 160 characters. */
export function preview(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** Shows the first difference between two texts, with some context. `names` says what each text is. */
export function firstDifference(a: string, b: string, names: readonly [string, string] = ["got", "expected"]): string {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const from = Math.max(0, i - 40);
  return `at character ${i}: ${names[0]} …${a.slice(from, i + 80)}…, ${names[1]} …${b.slice(from, i + 80)}…`;
}
