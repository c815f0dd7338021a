/** Output: stdout carries the answer only. Notes, figures and progress go to stderr, with colours and a spinner only on a terminal. */
import { once } from "node:events";
import { styleText } from "node:util";
import { exitCodes } from "./exit-code.ts";
import { printable, printableJson, printableLine } from "./printable.ts";

type Style = Parameters<typeof styleText>[0];

export interface Screen {
  /** `--json` was given. */
  json: boolean;
  /** Aborts on Ctrl-C, and when the reader of stdout closes the pipe. */
  signal: AbortSignal;
  /** True when the reader of stdout has closed the pipe (`| head`). */
  readonly closed: boolean;
  /** Why nothing more can be written to stdout or stderr, such as a full disk. */
  readonly failure: Error | undefined;
  /** Writes text of a model or a host to stdout without its control characters, and waits for a slow reader. */
  out(text: string): Promise<void>;
  /** Like `out`, for text that this program has styled and that holds nothing unprintable. */
  outStyled(text: string): Promise<void>;
  /** Writes a value to stdout as one line of JSON. */
  outJson(value: unknown): Promise<void>;
  /** Writes one line to stderr. Line breaks become blanks, so that a host's text cannot add lines of its own. */
  line(text: string, style?: Style): void;
  /** Writes text to stderr without a line break. */
  piece(text: string, style?: Style): void;
  /** Shows a spinner on a terminal, and nothing elsewhere. */
  progress(text: string): Progress;
  /** Handles Ctrl-C instead of aborting `signal`. */
  interrupt: (() => void) | undefined;
  /** Stops handling Ctrl-C. */
  release(): void;
}
export interface Progress {
  stop(): void;
}

export function openScreen(json: boolean): Screen {
  const controller = new AbortController();
  const streams = new StandardStreams(() => controller.abort());
  const screen: Screen = {
    json,
    signal: controller.signal,
    interrupt: undefined,
    get closed() {
      return streams.closed;
    },
    get failure() {
      return streams.failure;
    },
    out: (text) => screen.outStyled(printable(text)),
    outJson: (value) => screen.outStyled(`${printableJson(value)}\n`),
    outStyled: (text) => streams.out(text),
    piece(text, style) {
      if (streams.closed) return;
      process.stderr.write(style === undefined ? printable(text) : styleText(style, printable(text), { stream: process.stderr }));
    },
    line(text, style) {
      screen.piece(joinLines(printable(text)), style);
      screen.piece("\n");
    },
    progress: (text) => (process.stderr.isTTY ? spin(printableLine(text)) : { stop() {} }),
    release: onCtrlC(() => {
      if (screen.interrupt === undefined) return false;
      screen.interrupt();
      return true;
    }, controller),
  };
  return screen;
}

/** One line, with a blank in the place of line breaks and what surrounds them. A pattern for that takes quadratic time on very many blanks. */
function joinLines(text: string): string {
  const [first = "", ...others] = text.split("\n");
  if (others.length === 0) return text;
  return [first.trimEnd(), ...others.slice(0, -1).map((line) => line.trim()), (others.at(-1) ?? "").trimStart()]
    .filter((line) => line !== "")
    .join(" ");
}

/** stdout and stderr. They accept no more text when a reader has closed the pipe, or when a write has failed. */
class StandardStreams {
  closed = false;
  failure: Error | undefined;
  readonly #onClose: () => void;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
    process.stdout.on("error", this.#onError);
    process.stderr.on("error", this.#onError);
  }

  /** Writes to stdout, and waits for a slow reader. */
  async out(text: string): Promise<void> {
    if (this.closed || text === "") return;
    const ready = process.stdout.write(text);
    if (!ready && !this.closed) await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]).catch(this.#onError);
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.closed = true;
    // A closed pipe (`| head`) is no failure. Anything else, such as a full disk, is one.
    if (error.code !== "EPIPE") this.failure ??= error;
    this.#onClose();
  };
}

/**
 * Ctrl-C aborts the command, unless `handles` returns true. A second Ctrl-C exits at once.
 * @returns stops listening for Ctrl-C
 */
function onCtrlC(handles: () => boolean, controller: AbortController): () => void {
  let interrupted = false;
  const interrupt = (): void => {
    if (handles()) return;
    if (interrupted) process.exit(exitCodes.aborted);
    interrupted = true;
    controller.abort();
    // Ends a command that does not watch the signal, or waits for something else.
    setTimeout(() => process.exit(exitCodes.aborted), PATIENCE_MS).unref();
  };
  process.on("SIGINT", interrupt);
  return () => void process.off("SIGINT", interrupt);
}

/** Styles text for stdout, only when stdout is a terminal. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** True for a terminal on which the person wants colours. */
export function showsColours(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && stream.hasColors() && styleText("bold", "x", { stream }) !== "x";
}

/** Milliseconds in which a command can end by itself after Ctrl-C. */
const PATIENCE_MS = 1500;

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const CLEAR = "\r\u001b[K";
/** Without line wrap, the terminal cuts a text that is wider than it is. `CLEAR` removes one line only. */
const WRAP_OFF = "\u001b[?7l";
const WRAP_ON = "\u001b[?7h";

function spin(text: string): Progress {
  let frame = 0;
  let shown = false;
  const draw = (): void => {
    shown = true;
    const sign = styleText("cyan", FRAMES[frame++ % FRAMES.length] ?? "", { stream: process.stderr });
    process.stderr.write(`${CLEAR}${WRAP_OFF}${sign} ${text}${WRAP_ON}`);
  };
  // Short waits show no spinner.
  const timer = setInterval(draw, 120);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      if (shown) process.stderr.write(CLEAR);
      shown = false;
    },
  };
}
