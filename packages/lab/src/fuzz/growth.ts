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

/** Texts on which regular expressions and scanners can be slow. */
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
  const frames = isStream ? text.split(/(?<=\n\n)/) : [text];
  const seen = new Set<string>();
  const growths = frames.flatMap((frame, at) => {
    const data = isStream ? /^data: ?(.*)$/m.exec(frame)?.[1] : frame;
    if (data === undefined) return [];
    const before = frames.slice(0, at).join("");
    const after = frames.slice(at + 1).join("");
    return frameGrowths({ at, frame, data, isStream, seen, surround: (grown) => `${before}${grown}${after}` });
  });
  return [...growths, ...bodyGrowths(text)].map(({ name, grow }) => ({
    name,
    grow: (size) => ({ ...answer, body: encoder.encode(grow(size)) }),
  }));
}

/** A growth of the text of a body. */
interface TextGrowth {
  name: string;
  grow(size: number): string;
}

/** A frame of a stream, or the whole body of another answer. */
interface Frame {
  at: number;
  frame: string;
  data: string;
  isStream: boolean;
  /** What was seen in the frames before, because frames of one shape are read in one way. */
  seen: Set<string>;
  /** The body in which other frames stand around the grown one. */
  surround(grown: string): string;
}

/** Growths of the body as a whole. */
function bodyGrowths(text: string): TextGrowth[] {
  return Object.entries(TEXTS).flatMap(([kind, textAt]) => [
    { name: `body of ${kind}`, grow: (size) => textAt(size) },
    { name: `${kind} before the body`, grow: (size) => textAt(size) + text },
    { name: `${kind} behind the body`, grow: (size) => text + textAt(size) },
  ]);
}

function frameGrowths(one: Frame): TextGrowth[] {
  const { at, frame, data, isStream, seen, surround } = one;
  const json = parse(data);
  const values = json === undefined ? [] : pathsOf(json);
  const shape = json === undefined ? data : values.map(({ path }) => path.join(".")).join();
  const growths: TextGrowth[] = [];
  if (isStream && isNew(seen, shape)) growths.push({ name: `frame ${at} repeated`, grow: (size) => surround(frame.repeat(size / 20)) });
  if (json === undefined) return growths;
  for (const value of values) growths.push(...valueGrowths(one, json, value));
  for (const member of ["message", "error", "content"])
    growths.push({
      name: `deep ${member} in frame ${at}`,
      grow: (size) => {
        const deep = `${`{"${member}":`.repeat(size / 20)}1${"}".repeat(size / 20)}`;
        return surround(isStream ? `data: ${deep}\n\n` : deep);
      },
    });
  return growths;
}

/** Growths of one value of a frame. */
function valueGrowths({ at, frame, data, isStream, seen, surround }: Frame, json: unknown, { path, value }: PathAndValue): TextGrowth[] {
  const name = path.join(".");
  if (!isNew(seen, `${isStream ? typeOfFrame(json) : ""} ${name} ${Array.isArray(value) ? "list" : typeof value}`)) return [];
  const frameWith = (replacement: unknown): string => frame.replace(data, () => JSON.stringify(withValue(json, path, replacement)));
  const growths: TextGrowth[] = [];
  if (Array.isArray(value) && value.length > 0)
    growths.push({ name: `${name} repeated`, grow: (size) => surround(frameWith(repeat(value, size / 20))) });
  if (typeof value === "string" || value === null)
    for (const [kind, textAt] of Object.entries(TEXTS))
      growths.push({ name: `${name} of ${kind}`, grow: (size) => surround(frameWith(textAt(size))) });
  if (typeof value === "string" && isStream)
    growths.push({
      name: `${name} changing in frame ${at}`,
      grow: (size) => surround(times(size / 20, (n) => frameWith(`${value}${n}`))),
    });
  if (typeof value === "number" && isStream)
    growths.push({ name: `${name} counting in frame ${at}`, grow: (size) => surround(times(size / 20, frameWith)) });
  return growths;
}

/** Adds a key. True if it was not seen before. */
function isNew(seen: Set<string>, key: string): boolean {
  const { size } = seen;
  return seen.add(key).size > size;
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
/** Milliseconds of CPU time. A shorter measurement is mostly noise. */
const MEASURABLE = 60;
/** Linear work takes four times as long, quadratic work sixteen times. Garbage collection and a busy machine need room between them. */
const MOST = 8;

/** Measures one growth. Undefined if it is linear, as far as that can be measured. */
export async function measureGrowth(subject: Subject, growth: Growth): Promise<FoundGrowth | undefined> {
  let before = 0;
  for (const size of SIZES) {
    let ms = await cpuOf(subject, growth, size);
    const isSteep = (): boolean => ms > MEASURABLE && ms > MOST * Math.max(before, 1);
    // Repeated, because another task of the process can disturb one measurement.
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
