/** Messages typed at a terminal, of one line or more. */
import { createInterface, type Key } from "node:readline";

/** A command is one typed line that begins with one slash. */
export interface TypedInput {
  kind: "message" | "command";
  text: string;
}

export interface MessageInput {
  /** The next message or command. Undefined: the person ended the input. What is typed in the meantime is kept. */
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
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true, prompt: PROMPT });
  const typed: TypedInput[] = [];
  const assembler = createAssembler((input) => typed.push(input));
  let isClosed = false;
  let isPasting = false;
  let wake: (() => void) | undefined;
  const onKey = (_: string | undefined, key: Key): void => {
    if (key.name === "paste-start") isPasting = true;
    if (key.name === "paste-end") isPasting = false;
  };
  const stopPasting = (): void => void process.stderr.write(PASTE_OFF);
  process.stderr.write(PASTE_ON);
  process.once("exit", stopPasting);
  process.stdin.on("keypress", onKey);
  lines.on("SIGINT", () => {
    // The first Ctrl-C leaves an unfinished message.
    if (!assembler.isOpen()) return interrupt();
    assembler.drop();
    process.stderr.write("\n");
    lines.setPrompt(PROMPT);
    lines.prompt();
  });
  lines.on("line", (line) => {
    assembler.add(line, isPasting);
    if (assembler.isOpen() && !isPasting) {
      lines.setPrompt(CONTINUED);
      lines.prompt();
    }
    wake?.();
  });
  lines.on("close", () => {
    isClosed = true;
    process.stdin.off("keypress", onKey);
    process.off("exit", stopPasting);
    stopPasting();
    wake?.();
  });
  return {
    async next() {
      if (typed.length === 0 && !isClosed) {
        lines.setPrompt(PROMPT);
        lines.prompt();
      }
      while (typed.length === 0 && !isClosed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return typed.shift();
    },
    close: () => lines.close(),
  };
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
      const isBlock = line.trim() === FENCE || parts.length > 1;
      const text = parts.join("\n").trim();
      parts = [];
      emit(isBlock ? { kind: "message", text } : inputOf(text));
    },
  };
}

/** A message that begins with a slash is typed with two. */
function inputOf(line: string): TypedInput {
  if (line.startsWith("//")) return { kind: "message", text: line.slice(1) };
  return { kind: line.startsWith("/") ? "command" : "message", text: line };
}
