/**
 * Finds reading that takes more than linear time. One place of a valid answer grows; the CPU time of four times the size is compared with that of the size. No time
 * is compared with a clock: only ratios count, and only once a call takes long enough to be measured.
 */
import type { Answer } from "./mutate-answer.ts";
import type { Seen, Subject } from "./subjects.ts";

/** One way in which an answer grows. */
export interface Growth {
  name: string;
  /** The answer at a size, in characters or items. */
  grow(size: number): Answer;
}

export interface FoundGrowth {
  subject: string;
  growth: string;
  /** CPU milliseconds at a size and at four times the size. */
  size: number;
  ms: number;
  fourTimes: number;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Texts that regular expressions and scanners of texts are slow at. */
const TEXTS: Readonly<Record<string, (size: number) => string>> = {
  letters: (n) => "a".repeat(n),
  digits: (n) => "1".repeat(n),
  blanks: (n) => `${" ".repeat(n)}x`,
  "line breaks": (n) => `${"\n".repeat(n)}x`,
  braces: (n) => "{".repeat(n),
  brackets: (n) => "[".repeat(n),
  fences: (n) => "`".repeat(n),
  percents: (n) => "%2".repeat(n / 2),
  entities: (n) => "&#0".repeat(n / 3),
  backslashes: (n) => "\\".repeat(n),
  quotes: (n) => '"'.repeat(n),
  tags: (n) => "<think>".repeat(n / 7),
  "half tags": (n) => "<".repeat(n),
  "usage limits": (n) => "usage limit ".repeat(n / 12),
  "long contexts": (n) => "maximum context length exceeds ".repeat(n / 31),
  numbers: (n) => "1 ".repeat(n / 2),
  "key beginnings": (n) => "sk-".repeat(n / 3),
  dots: (n) => ".".repeat(n),
  citations: (n) => "[1]".repeat(n / 3),
  addresses: (n) => "https://a.b/".repeat(n / 12),
};

/** All growths of an answer: each string in it with each text, each list and each frame repeated. */
export function growthsOf(answer: Answer): Growth[] {
  const text = decoder.decode(answer.body);
  const isStream = /event-stream/.test(answer.headers["content-type"] ?? "");
  const made = (body: string): Answer => ({ ...answer, body: encoder.encode(body) });
  const growths: Growth[] = [];
  const frames = isStream ? text.split(/(?<=\n\n)/) : [text];
  const seenPaths = new Set<string>();
  for (const [at, frame] of frames.entries()) {
    const before = frames.slice(0, at).join("");
    const after = frames.slice(at + 1).join("");
    const data = isStream ? /^data: ?(.*)$/m.exec(frame)?.[1] : frame;
    if (data === undefined) continue;
    const json = parse(data);
    const rewrite = (value: unknown): string => `${before}${frame.replace(data, () => JSON.stringify(value))}${after}`;
    const shape =
      json === undefined
        ? data
        : pathsOf(json)
            .map(({ path }) => path.join("."))
            .join();
    if (isStream && !seenPaths.has(shape)) {
      seenPaths.add(shape);
      growths.push({ name: `frame ${at} repeated`, grow: (size) => made(before + frame.repeat(size / 20) + after) });
    }
    if (json === undefined) continue;
    for (const { path, value } of pathsOf(json)) {
      const name = path.join(".");
      // Frames of one shape are read in one way.
      const key = `${isStream ? typeOfFrame(json) : ""} ${name} ${Array.isArray(value) ? "list" : typeof value}`;
      if (seenPaths.has(key)) continue;
      seenPaths.add(key);
      if (Array.isArray(value) && value.length > 0)
        growths.push({ name: `${name} repeated`, grow: (size) => made(rewrite(withValue(json, path, repeat(value, size / 20)))) });
      if (typeof value === "string" || value === null)
        for (const [kind, textAt] of Object.entries(TEXTS))
          growths.push({ name: `${name} of ${kind}`, grow: (size) => made(rewrite(withValue(json, path, textAt(size)))) });
      if (typeof value === "string" && isStream)
        growths.push({
          name: `${name} changing in frame ${at}`,
          grow: (size) =>
            made(
              before + times(size / 20, (n) => frame.replace(data, () => JSON.stringify(withValue(json, path, `${value}${n}`)))) + after,
            ),
        });
      if (typeof value === "number" && isStream)
        growths.push({
          name: `${name} counting in frame ${at}`,
          grow: (size) =>
            made(before + times(size / 20, (n) => frame.replace(data, () => JSON.stringify(withValue(json, path, n)))) + after),
        });
    }
    for (const member of ["message", "error", "content"])
      growths.push({
        name: `deep ${member} in frame ${at}`,
        grow: (size) =>
          made(
            `${before}${isStream ? "data: " : ""}${`{"${member}":`.repeat(size / 20)}1${"}".repeat(size / 20)}${isStream ? "\n\n" : ""}${after}`,
          ),
      });
  }
  for (const [kind, textAt] of Object.entries(TEXTS)) {
    growths.push({ name: `body of ${kind}`, grow: (size) => made(textAt(size)) });
    growths.push({ name: `${kind} before the body`, grow: (size) => made(textAt(size) + text) });
    growths.push({ name: `${kind} behind the body`, grow: (size) => made(text + textAt(size)) });
  }
  return growths;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
function typeOfFrame(json: unknown): string {
  const type = typeof json === "object" && json !== null && "type" in json ? json.type : "";
  return typeof type === "string" ? type : "";
}
function times(count: number, make: (at: number) => string): string {
  return Array.from({ length: Math.floor(count) }, (_, at) => make(at)).join("");
}
function repeat(items: readonly unknown[], count: number): unknown[] {
  return Array.from({ length: Math.max(1, Math.floor(count)) }, (_, at) => items[at % items.length]);
}

interface PathAndValue {
  path: readonly string[];
  value: unknown;
}
/** Every value inside a JSON value. */
function pathsOf(value: unknown, path: readonly string[] = []): PathAndValue[] {
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return [{ path, value }, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))];
}
function withValue(json: unknown, path: readonly string[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(json)) return json.map((item, at) => (String(at) === step ? withValue(item, rest, value) : item));
  return Object.fromEntries(
    Object.entries(json as object).map(([name, item]) => [name, name === step ? withValue(item, rest, value) : item]),
  ); // a path leads through objects and arrays only
}

/** The first size is small, so that cubic work is found before it takes minutes. */
const SIZES = [2000, 8000, 32_000, 128_000];
/** Below this many milliseconds of CPU time, noise decides. */
const MEASURABLE = 60;
/** Linear work takes four times as long, quadratic work sixteen times. Garbage collection and a busy machine need room between them. */
const MOST = 8;

/** Undefined for growth that is linear, as far as it can be measured. */
export async function measureGrowth(subject: Subject, growth: Growth): Promise<FoundGrowth | undefined> {
  let before = 0;
  for (const size of SIZES) {
    let ms = await cpuOf(subject, growth, size);
    const isSteep = (): boolean => ms > MEASURABLE && ms > MOST * Math.max(before, 1);
    // Repeated, because another task of the process can fall into one measurement.
    for (let again = 0; again < 2 && isSteep(); again++) {
      before = Math.max(before, await cpuOf(subject, growth, size / 4));
      ms = Math.min(ms, await cpuOf(subject, growth, size));
    }
    if (size > (SIZES[0] ?? 0) && isSteep())
      return { subject: subject.name, growth: growth.name, size: size / 4, ms: Math.round(before), fourTimes: Math.round(ms) };
    before = ms;
  }
  return undefined;
}

async function cpuOf(subject: Subject, growth: Growth, size: number): Promise<number> {
  const answers = [...subject.answers.slice(0, -1), growth.grow(size)];
  const seen: Seen = { events: [], observations: [], secrets: [] };
  const before = process.threadCpuUsage();
  await subject.run({ answers, json: undefined, seen, query: false }).catch(() => {});
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
