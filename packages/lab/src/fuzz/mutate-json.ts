/** Changes one place of a JSON value, as a broken or hostile host would. */
import { plantedSecrets, spellings } from "./planted-secrets.ts";
import type { Random } from "./random.ts";

/** Words that are also names of members of every object. */
const WORDS = ["constructor", "__proto__", "prototype", "toString", "hasOwnProperty", "valueOf", "then", "length", "error", "null", ""];
const NUMBERS = [0, -1, -0, 0.5, 1e308, -1e308, 4_294_967_294, 4_294_967_295, 2 ** 31, 2 ** 53, 99_999, 100_000, 1e-320];
const LONG = 3000;
const DEEP = 300;

/** Where a value stands: in a container, under a key or index. */
interface Location {
  container: Record<string, unknown> | unknown[];
  key: string;
}

/** A copy of the value with `changes` changes. */
export function mutateJson(value: unknown, random: Random, changes: number): unknown {
  // A copy in a wrapper, so that the whole value has a place, too.
  const root: Record<string, unknown> = { value: structuredClone(value) };
  for (let change = 0; change < changes; change++) {
    const locations = locationsOf(root);
    if (locations.length > 0) changeAt(random.pick(locations), root, random);
  }
  return root["value"];
}

/** Most locations that are collected, so that a value that has grown does not slow the fuzzer down. */
const MOST_LOCATIONS = 2000;

function locationsOf(root: Record<string, unknown>): Location[] {
  const locations: Location[] = [];
  const waiting: Location["container"][] = [root];
  for (let container = waiting.pop(); container !== undefined && locations.length < MOST_LOCATIONS; container = waiting.pop())
    for (const key of Object.keys(container).slice(0, 200)) {
      locations.push({ container, key });
      const inner = get(container, key);
      if (isContainer(inner)) waiting.push(inner);
    }
  return locations;
}

function isContainer(value: unknown): value is Location["container"] {
  return typeof value === "object" && value !== null;
}
function get(container: Location["container"], key: string): unknown {
  return (container as Record<string, unknown>)[key]; // an array is indexed by the text of its index
}
function set(container: Location["container"], key: string, value: unknown): void {
  // Assigning `__proto__` would change the prototype and set no field.
  Object.defineProperty(container, key, { value, enumerable: true, writable: true, configurable: true });
}

function changeAt({ container, key }: Location, root: Record<string, unknown>, random: Random): void {
  const value = get(container, key);
  const change = random.pick(CHANGES);
  switch (change) {
    case "drop":
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else if (container !== root) delete container[key];
      return;
    case "duplicate":
      if (Array.isArray(container)) container.splice(Number(key), 0, structuredClone(value));
      else set(container, `${key}2`, structuredClone(value));
      return;
    case "repeat":
      return set(container, key, Array.isArray(value) ? repeated(value, random.pick([10, 60])) : Array.from({ length: 20 }, () => value));
    case "rename":
      if (!Array.isArray(container) && container !== root) {
        delete container[key];
        set(container, random.pick(WORDS), value);
      }
      return;
    case "add":
      return set(Array.isArray(container) ? root : container, random.pick(WORDS), anyValue(random));
    case "zero":
      for (const sibling of Object.keys(container))
        if (container !== root) set(container, sibling, typeof get(container, sibling) === "number" ? 0 : random.pick([0, "", null]));
      return;
    case "index":
      if (!Array.isArray(container) && container !== root)
        set(container, "index", random.pick([...NUMBERS, "0", "constructor", null, 7, 0]));
      return;
    case "same-id":
      if (container !== root) set(container, "id", random.pick(["a", "", "0", 0, null]));
      return;
    case "swap": {
      const others = locationsOf(root);
      const other = random.pick(others);
      const there = get(other.container, other.key);
      // A value that moved into itself would be a cycle, which JSON does not have.
      if (other.container !== root && container !== root) {
        set(container, key, structuredClone(there));
        if (get(other.container, other.key) === there) set(other.container, other.key, structuredClone(value));
      }
      return;
    }
    case "wrap":
      return set(
        container,
        key,
        random.pick<() => unknown>([() => [value], () => ({ value }), () => ({ error: value }), () => JSON.stringify(value)])(),
      );
    case "secret":
      return set(container, key, secretText(random, value));
    case "type":
      return set(container, key, anyValue(random));
    default:
      return change satisfies never;
  }
}

const CHANGES = [
  "drop",
  "duplicate",
  "repeat",
  "rename",
  "add",
  "zero",
  "index",
  "same-id",
  "swap",
  "wrap",
  "secret",
  "secret",
  "type",
  "type",
  "type",
] as const;

function repeated(items: readonly unknown[], times: number): unknown[] {
  return items.length > 200 ? [...items] : Array.from({ length: times }, () => structuredClone(items)).flat();
}

/** A text that quotes a planted secret, as hosts do. */
export function secretText(random: Random, old: unknown = ""): string {
  const spelt = random.pick(spellings(random.pick(plantedSecrets)));
  // Hosts mark where they cut.
  const text = typeof old !== "string" ? "" : old.length > 200 ? `${old.slice(0, 200)}…` : old;
  return random.pick([
    spelt,
    `${text} ${spelt}`,
    `Incorrect API key provided: ${spelt}.`,
    `${"x".repeat(random.below(300))}${spelt}`,
    `Bearer ${spelt}`,
  ]);
}

/** A value of any type, with a liking for the awkward ones. */
export function anyValue(random: Random): unknown {
  switch (random.below(13)) {
    case 0:
      return null;
    case 1:
      return random.oneIn(2);
    case 2:
    case 3:
      return random.pick(NUMBERS);
    case 4:
      return random.pick(WORDS);
    case 5:
      return [];
    case 6:
      return {};
    case 7:
      return random.pick([" ", "\n", "\t", "\r", " \n"]).repeat(random.below(LONG));
    case 8:
      return random.pick(["a", "0", "{", "[", "`", '"', "\\", "%", "&#", "-", ".", "é", "😀", "<think>"]).repeat(random.below(LONG));
    case 9:
      return random.pick(["\ud83d", "\ude00", "a\ud83d", "\udc00b", "\u0000", "\u2028", "\u202e", "\ufeff"]);
    case 10:
      return deep(random.pick(["message", "error", "content", "text", "0"]), random.below(DEEP));
    case 11:
      return Array.from({ length: random.below(30) }, () => random.pick<unknown>([0, "", null, {}, [], "constructor"]));
    default:
      return Object.fromEntries(WORDS.slice(0, 7).map((word) => [word, random.pick<unknown>(["x", 1, null, {}])]));
  }
}

function deep(name: string, levels: number): unknown {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level++) value = level % 7 === 0 ? [value] : { [name]: value };
  return value;
}
