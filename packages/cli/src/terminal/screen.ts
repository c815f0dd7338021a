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
  /** Writes a line to stderr. */
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
  let closed = false;
  let failure: NodeJS.ErrnoException | undefined;
  let interrupted = false;
  const onError = (error: NodeJS.ErrnoException): void => {
    closed = true;
    // A closed pipe (`| head`) is no failure. Anything else, such as a full disk, is one.
    if (error.code !== "EPIPE") failure ??= error;
    controller.abort();
  };
  const interrupt = (): void => {
    if (screen.interrupt !== undefined) return screen.interrupt();
    // A second Ctrl-C exits at once.
    if (interrupted) process.exit(exitCodes.aborted);
    interrupted = true;
    controller.abort();
    // A command that does not watch the signal, or waits for something else, ends too.
    setTimeout(() => process.exit(exitCodes.aborted), PATIENCE_MS).unref();
  };
  process.stdout.on("error", onError);
  process.stderr.on("error", onError);
  process.on("SIGINT", interrupt);
  const screen: Screen = {
    json,
    signal: controller.signal,
    interrupt: undefined,
    get closed() {
      return closed;
    },
    get failure() {
      return failure;
    },
    out: (text) => screen.outStyled(printable(text)),
    outJson: (value) => screen.outStyled(`${printableJson(value)}\n`),
    async outStyled(text) {
      if (closed || text === "") return;
      const ready = process.stdout.write(text);
      if (!ready && !closed) await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]).catch(onError);
    },
    piece(text, style) {
      if (closed) return;
      process.stderr.write(style === undefined ? printable(text) : styleText(style, printable(text), { stream: process.stderr }));
    },
    line(text, style) {
      screen.piece(text, style);
      screen.piece("\n");
    },
    progress: (text) => (process.stderr.isTTY ? spin(printableLine(text)) : { stop() {} }),
    release() {
      process.off("SIGINT", interrupt);
    },
  };
  return screen;
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

function spin(text: string): Progress {
  let frame = 0;
  let shown = false;
  const draw = (): void => {
    shown = true;
    process.stderr.write(`${CLEAR}${styleText("cyan", FRAMES[frame++ % FRAMES.length] ?? "", { stream: process.stderr })} ${text}`);
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
