/** Parses JSON while it arrives. Each character is read once, so the work is linear in the length of the text. */

export interface JsonGrowth {
  /** The value so far: one object or array that grows in place. Undefined before it begins. */
  value: unknown;
  /** The value is complete. */
  complete: boolean;
  /** Elements of the outermost arrays that this text completed. */
  elements: readonly CompletedElement[];
  /** The text changed the value. */
  changed: boolean;
}

export interface CompletedElement {
  /** Where the array is: keys from the root, `""` for the root itself, such as `harbours` or `result.items`. */
  path: string;
  index: number;
  value: unknown;
}

interface Container {
  value: Record<string, unknown> | unknown[];
  /** The key whose value comes next, in an object. */
  key: string | undefined;
  path: string;
  /** An array that no other array contains. */
  outermost: boolean;
  inArray: boolean;
}

type State = "value" | "key-or-end" | "key" | "colon" | "comma" | "value-or-end" | "string" | "escape" | "unicode" | "scalar" | "done";

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/" };
/** The most levels that are read. Code that validates or writes deeper values overflows its stack. */
const MOST_LEVELS = 1000;
/** A number as JSON spells it. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
/** The next character of a string that is not plain text. */
const STRING_END = /["\\]/g;
const SCALARS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * A parser for one JSON object or array. Text before its first bracket, such as a code fence, and text after its last one are skipped. It never throws: text
 * that is not JSON, or is nested more than 1000 levels deep, makes it stop, and the whole answer's own validation reports what is wrong.
 */
export class GrowingJson {
  #state: State = "value";
  readonly #stack: Container[] = [];
  #root: unknown;
  /** The string, key or scalar that is being read. */
  #text = "";
  #readsKey = false;
  #unicode = "";
  #failed = false;
  #elements: CompletedElement[] = [];
  #changed = false;

  /** True when the text is not JSON. */
  get failed(): boolean {
    return this.#failed;
  }

  add(text: string): JsonGrowth {
    this.#elements = [];
    this.#changed = false;
    let at = 0;
    while (at < text.length && this.#state !== "done" && !this.#failed) {
      if (this.#state === "string") at = this.#readString(text, at);
      else this.#step(text.charAt(at++));
    }
    // A string that is still open is shown as far as it came.
    if (this.#state === "string" && !this.#readsKey && this.#text !== "") this.#store(this.#text);
    return { value: this.#root, complete: this.#state === "done", elements: this.#elements, changed: this.#changed };
  }

  /** Reads plain text of a string in one piece. */
  #readString(text: string, at: number): number {
    STRING_END.lastIndex = at;
    const end = STRING_END.exec(text)?.index ?? text.length;
    if (end > at) this.#text += text.slice(at, end);
    if (end === text.length) return end;
    if (text.charAt(end) === "\\") this.#state = "escape";
    else this.#endString();
    return end + 1;
  }

  #endString(): void {
    const container = this.#stack[this.#stack.length - 1];
    if (this.#readsKey && container !== undefined) {
      container.key = this.#text;
      this.#state = "colon";
      return;
    }
    this.#store(this.#text);
    this.#endValue(this.#text);
  }

  #step(char: string): void {
    switch (this.#state) {
      case "escape":
        if (char === "u") {
          this.#unicode = "";
          this.#state = "unicode";
          return;
        }
        this.#failed = ESCAPES[char] === undefined;
        this.#text += ESCAPES[char] ?? "";
        this.#state = "string";
        return;
      case "unicode":
        this.#failed = !/[0-9a-fA-F]/.test(char);
        this.#unicode += char;
        if (this.#failed || this.#unicode.length < 4) return;
        this.#text += String.fromCharCode(Number.parseInt(this.#unicode, 16));
        this.#state = "string";
        return;
      case "scalar":
        if (/[-+.0-9a-zA-Z]/.test(char)) this.#text += char;
        else {
          this.#endScalar();
          // The character after a scalar belongs to its container.
          if (!this.#failed) this.#step(char);
        }
        return;
      default:
        if (!/\s/.test(char)) this.#structure(char);
    }
  }

  #structure(char: string): void {
    switch (this.#state) {
      case "value-or-end":
        if (char === "]") this.#closeContainer();
        else this.#beginValue(char);
        return;
      case "value":
        this.#beginValue(char);
        return;
      case "key-or-end":
      case "key":
        if (char === "}" && this.#state === "key-or-end") this.#closeContainer();
        else if (char === '"') this.#beginString(true);
        else this.#failed = true;
        return;
      case "colon":
        if (char === ":") this.#state = "value";
        else this.#failed = true;
        return;
      case "comma":
        this.#afterValue(char);
        return;
      default:
        this.#failed = true;
    }
  }

  #afterValue(char: string): void {
    const container = this.#stack[this.#stack.length - 1];
    const isArray = Array.isArray(container?.value);
    if (char === ",") this.#state = isArray ? "value" : "key";
    else if (char === (isArray ? "]" : "}")) this.#closeContainer();
    else this.#failed = true;
  }

  #beginValue(char: string): void {
    if (char === "{" || char === "[") this.#openContainer(char === "[");
    // Text before the first bracket is not part of the value.
    else if (this.#stack.length === 0) return;
    else if (char === '"') {
      this.#beginString(false);
      this.#store("");
    } else if (/[-0-9tfn]/.test(char)) {
      this.#text = char;
      this.#state = "scalar";
    } else this.#failed = true;
  }

  #beginString(isKey: boolean): void {
    this.#text = "";
    this.#readsKey = isKey;
    this.#state = "string";
  }

  #openContainer(isArray: boolean): void {
    const parent = this.#stack[this.#stack.length - 1];
    const value: Container["value"] = isArray ? [] : {};
    const inArray = parent !== undefined && (parent.inArray || Array.isArray(parent.value));
    if (this.#stack.length >= MOST_LEVELS) {
      this.#failed = true;
      return;
    }
    if (parent === undefined) {
      this.#root = value;
      this.#changed = true;
    } else this.#store(value);
    const key = parent?.key ?? "";
    const path = parent === undefined ? "" : parent.path === "" ? key : `${parent.path}.${key}`;
    this.#stack.push({ value, key: undefined, path, outermost: isArray && !inArray, inArray });
    this.#state = isArray ? "value-or-end" : "key-or-end";
  }

  #closeContainer(): void {
    const closed = this.#stack.pop();
    if (this.#stack.length === 0) this.#state = "done";
    else this.#endValue(closed?.value);
    this.#changed = true;
  }

  #endScalar(): void {
    if (!SCALARS.has(this.#text) && !NUMBER.test(this.#text)) {
      this.#failed = true;
      return;
    }
    const value = SCALARS.has(this.#text) ? SCALARS.get(this.#text) : Number(this.#text);
    this.#store(value);
    this.#endValue(value);
  }

  /** Writes the value that is being read to its place. Strings are written again as they grow. */
  #store(value: unknown): void {
    const container = this.#stack[this.#stack.length - 1];
    if (container === undefined) return;
    this.#changed = true;
    if (!Array.isArray(container.value)) {
      const key = container.key ?? "";
      // Assignment to `__proto__` would change the prototype instead of adding a key.
      if (key === "__proto__") Object.defineProperty(container.value, key, { value, enumerable: true, configurable: true, writable: true });
      else container.value[key] = value;
    } else if (this.#state === "string" && this.#storedInArray) container.value[container.value.length - 1] = value;
    else {
      container.value.push(value);
      this.#storedInArray = this.#state === "string";
    }
  }
  /** The string that is being read already has its place in the array. */
  #storedInArray = false;

  #endValue(value: unknown): void {
    this.#storedInArray = false;
    const container = this.#stack[this.#stack.length - 1];
    this.#state = "comma";
    if (container?.outermost !== true || !Array.isArray(container.value)) return;
    this.#elements.push({ path: container.path, index: container.value.length - 1, value });
  }
}
