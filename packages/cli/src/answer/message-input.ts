/** Messages typed at a terminal, of one line or more. */
import { createInterface, type Key } from "node:readline";

/** A command is one typed line that begins with one slash. */
export interface TypedInput {
  kind: "message" | "command";
  text: string;
}

export interface MessageInput {
  /** The next message or command. Undefined: the person ended the input. Lines typed between two calls are kept. */
  next(): Promise<TypedInput | undefined>;
  /** Ends the input. */
  close(): void;
}

const PROMPT = "> ";
const CONTINUED = "… ";
const FENCE = '"""';
/** https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-Bracketed-Paste-Mode */
const PASTE_ON = "\u001b[?2004h";
const PASTE_OFF = "\u001b[?2004l";

/**
 * Lines become one message when they are pasted together, when each but the last ends in a backslash, or between two lines of `"""`.
 * @param interrupt called on Ctrl-C, which the terminal sends as a key
 */
export function openMessageInput(interrupt: () => void): MessageInput {
  return new TerminalInput(interrupt);
}

class TerminalInput implements MessageInput {
  readonly #lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true, prompt: PROMPT });
  readonly #typed: TypedInput[] = [];
  readonly #assembler = createAssembler((input) => this.#typed.push(input));
  readonly #interrupt: () => void;
  #isClosed = false;
  #isPasting = false;
  /** Ends the wait of `next`. */
  #wake: (() => void) | undefined;

  constructor(interrupt: () => void) {
    this.#interrupt = interrupt;
    process.stderr.write(PASTE_ON);
    process.once("exit", stopPasting);
    process.stdin.on("keypress", this.#onKey);
    this.#lines.on("SIGINT", () => this.#onCtrlC());
    this.#lines.on("line", (line) => this.#onLine(line));
    this.#lines.on("close", () => this.#onClose());
  }

  async next(): Promise<TypedInput | undefined> {
    if (this.#typed.length === 0 && !this.#isClosed) this.#prompt(PROMPT);
    while (this.#typed.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#typed.shift();
  }

  close(): void {
    this.#lines.close();
  }

  #prompt(text: string): void {
    this.#lines.setPrompt(text);
    this.#lines.prompt();
  }

  readonly #onKey = (_: string | undefined, key: Key): void => {
    if (key.name === "paste-start") this.#isPasting = true;
    if (key.name === "paste-end") this.#isPasting = false;
  };

  #onCtrlC(): void {
    // The first Ctrl-C drops an unfinished message.
    if (!this.#assembler.isOpen()) return this.#interrupt();
    this.#assembler.drop();
    process.stderr.write("\n");
    this.#prompt(PROMPT);
  }

  #onLine(line: string): void {
    this.#assembler.add(line, this.#isPasting);
    if (this.#assembler.isOpen() && !this.#isPasting) this.#prompt(CONTINUED);
    this.#wake?.();
  }

  #onClose(): void {
    this.#isClosed = true;
    process.stdin.off("keypress", this.#onKey);
    process.off("exit", stopPasting);
    stopPasting();
    this.#wake?.();
  }
}

function stopPasting(): void {
  process.stderr.write(PASTE_OFF);
}

interface Assembler {
  add(line: string, isPasted: boolean): void;
  /** True while a message waits for more lines. */
  isOpen(): boolean;
  drop(): void;
}

function createAssembler(emit: (input: TypedInput) => void): Assembler {
  let parts: string[] = [];
  let isFenced = false;
  return {
    isOpen: () => isFenced || parts.length > 0,
    drop() {
      parts = [];
      isFenced = false;
    },
    add(line, isPasted) {
      if (line.trim() === FENCE && !isPasted) {
        isFenced = !isFenced;
        if (isFenced) return;
      } else if (isFenced || isPasted) {
        parts.push(line);
        return;
      } else if (line.endsWith("\\")) {
        parts.push(line.slice(0, -1));
        return;
      } else parts.push(line);
      const text = parts.join("\n").trim();
      // A command that was pasted with its line break is one line.
      const isBlock = line.trim() === FENCE || text.includes("\n");
      parts = [];
      emit(isBlock ? { kind: "message", text } : inputOf(text));
    },
  };
}

/** A person types two slashes for a message that begins with one. */
function inputOf(line: string): TypedInput {
  if (line.startsWith("//")) return { kind: "message", text: line.slice(1) };
  return { kind: line.startsWith("/") ? "command" : "message", text: line };
}
