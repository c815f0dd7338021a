import { isJson } from "./json-values.ts";

/** Follows JSON text that arrives in pieces: whether it is complete, cut off or broken. Each character is looked at once. */
export class JsonScanner {
  /** `open`: more may follow. A number or word at the top level stays open, because only its end shows that it is whole. */
  state: "empty" | "open" | "complete" | "invalid" = "empty";
  #expects: "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end" = "value";
  /** Brackets that are open. */
  readonly #stack: ("{" | "[")[] = [];
  #inString = false;
  #escaped = false;
  /** Hex digits of `\u` that must follow. */
  #hexDigits = 0;
  /** A number, `true`, `false` or `null` so far. */
  #token = "";

  /** Reads text up to the end of the value, and returns how many characters that were. Blanks after the value belong to it. */
  feed(text: string): number {
    for (let n = 0; n < text.length; n++) {
      if (this.state === "complete" && !isBlank(text.charCodeAt(n))) return n;
      if (this.state === "invalid") return text.length;
      this.#read(text.charAt(n));
    }
    return text.length;
  }

  #read(char: string): void {
    if (this.#inString) return this.#readInString(char);
    if (this.#token !== "" && this.#readInToken(char)) return;
    if (!isBlank(char.charCodeAt(0))) this.#readOutside(char);
  }

  /** Reads a character after the beginning of a number or a word. False if it ends there. */
  #readInToken(char: string): boolean {
    if (/[\s,\]}]/.test(char)) return !this.#endToken();
    this.#token += char;
    // No number needs more digits, and no word is longer.
    if (this.#token.length > 2000) this.state = "invalid";
    return true;
  }

  /** Reads a mark, or the beginning of a value. */
  #readOutside(char: string): void {
    this.state = "open";
    const expects = this.#expects;
    switch (char) {
      case "{":
      case "[":
        if (expects !== "value" && expects !== "value-or-end") break;
        this.#stack.push(char);
        this.#expects = char === "{" ? "key-or-end" : "value-or-end";
        return;
      case "}":
      case "]": {
        const isEnd = expects === "comma-or-end" || expects === (char === "}" ? "key-or-end" : "value-or-end");
        if (!isEnd || this.#stack.pop() !== (char === "}" ? "{" : "[")) break;
        return this.#endValue();
      }
      case '"':
        if (expects === "colon" || expects === "comma-or-end") break;
        this.#inString = true;
        return;
      case ":":
        if (expects !== "colon") break;
        this.#expects = "value";
        return;
      case ",":
        if (expects !== "comma-or-end" || this.#stack.length === 0) break;
        this.#expects = this.#stack[this.#stack.length - 1] === "{" ? "key" : "value";
        return;
      default:
        if ((expects === "value" || expects === "value-or-end") && /[-\dtfn]/.test(char)) {
          this.#token = char;
          return;
        }
    }
    this.state = "invalid";
  }

  #readInString(char: string): void {
    if (this.#hexDigits > 0) {
      this.#hexDigits--;
      if (!/[\da-fA-F]/.test(char)) this.state = "invalid";
    } else if (this.#escaped) {
      this.#escaped = false;
      if (char === "u") this.#hexDigits = 4;
      else if (!'"\\/bfnrt'.includes(char)) this.state = "invalid";
    } else if (char === "\\") this.#escaped = true;
    else if (char < " ") this.state = "invalid";
    else if (char === '"') {
      this.#inString = false;
      if (this.#expects === "key" || this.#expects === "key-or-end") this.#expects = "colon";
      else this.#endValue();
    }
  }

  /** The number or word is over. False when it is neither. */
  #endToken(): boolean {
    const isValue = isJson(this.#token);
    this.#token = "";
    if (isValue) this.#endValue();
    else this.state = "invalid";
    return isValue;
  }

  #endValue(): void {
    this.#expects = "comma-or-end";
    if (this.#stack.length === 0) this.state = "complete";
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
