/** Changes one location of a JSON value, as a broken or hostile host would. */
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
  // A copy in a wrapper, so that the whole value has a location, too.
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

/** A location whose value changes, in the value that is fuzzed. */
interface ChangedLocation extends Location {
  value: unknown;
  root: Record<string, unknown>;
  /** The whole value stands here. */
  isRoot: boolean;
}

function changeAt({ container, key }: Location, root: Record<string, unknown>, random: Random): void {
  const at = { container, key, value: get(container, key), root, isRoot: container === root };
  CHANGES[random.pick(WEIGHTED_CHANGES)](at, random);
}

type Change = (at: ChangedLocation, random: Random) => void;

const CHANGES = {
  drop({ container, key, isRoot }) {
    if (Array.isArray(container)) container.splice(Number(key), 1);
    else if (!isRoot) delete container[key];
  },
  duplicate({ container, key, value }) {
    if (Array.isArray(container)) container.splice(Number(key), 0, structuredClone(value));
    else set(container, `${key}2`, structuredClone(value));
  },
  repeat({ container, key, value }, random) {
    set(container, key, Array.isArray(value) ? repeated(value, random.pick([10, 60])) : Array.from({ length: 20 }, () => value));
  },
  rename({ container, key, value, isRoot }, random) {
    if (Array.isArray(container) || isRoot) return;
    delete container[key];
    set(container, random.pick(WORDS), value);
  },
  add({ container, root }, random) {
    set(Array.isArray(container) ? root : container, random.pick(WORDS), anyValue(random));
  },
  zero({ container, isRoot }, random) {
    if (isRoot) return;
    for (const sibling of Object.keys(container))
      set(container, sibling, typeof get(container, sibling) === "number" ? 0 : random.pick([0, "", null]));
  },
  index({ container, isRoot }, random) {
    if (!Array.isArray(container) && !isRoot) set(container, "index", random.pick([...NUMBERS, "0", "constructor", null, 7, 0]));
  },
  sameId({ container, isRoot }, random) {
    if (!isRoot) set(container, "id", random.pick(["a", "", "0", 0, null]));
  },
  swap({ container, key, value, root, isRoot }, random) {
    const other = random.pick(locationsOf(root));
    if (isRoot || other.container === root) return;
    const there = get(other.container, other.key);
    set(container, key, structuredClone(there));
    // A value that moved into itself would be a cycle, which JSON does not have.
    if (get(other.container, other.key) === there) set(other.container, other.key, structuredClone(value));
  },
  wrap({ container, key, value }, random) {
    const wrapped = random.pick<() => unknown>([() => [value], () => ({ value }), () => ({ error: value }), () => JSON.stringify(value)]);
    set(container, key, wrapped());
  },
  secret({ container, key, value }, random) {
    set(container, key, secretText(random, value));
  },
  type({ container, key }, random) {
    set(container, key, anyValue(random));
  },
} satisfies Record<string, Change>;

/** Every change, the more useful ones several times. */
const WEIGHTED_CHANGES: readonly (keyof typeof CHANGES)[] = [
  "drop",
  "duplicate",
  "repeat",
  "rename",
  "add",
  "zero",
  "index",
  "sameId",
  "swap",
  "wrap",
  "secret",
  "secret",
  "type",
  "type",
  "type",
];

function repeated(items: readonly unknown[], times: number): unknown[] {
  return items.length > 200 ? [...items] : Array.from({ length: times }, () => structuredClone(items)).flat();
}

/** A text that quotes a planted secret, as hosts do. */
export function secretText(random: Random, old: unknown = ""): string {
  const spelt = random.pick(spellings(random.pick(plantedSecrets)));
  // Hosts end a text that they cut with an ellipsis.
  const text = typeof old !== "string" ? "" : old.length > 200 ? `${old.slice(0, 200)}…` : old;
  return random.pick([
    spelt,
    `${text} ${spelt}`,
    `Incorrect API key provided: ${spelt}.`,
    `${"x".repeat(random.below(300))}${spelt}`,
    `Bearer ${spelt}`,
  ]);
}

/** A value of any type, often one that is hard to read. */
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
