/** The rim: stdout holds the answer and nothing else; notes, figures and progress go to stderr, dressed up only where that is a terminal. */
import { once } from "node:events";
import { styleText } from "node:util";
import { printable } from "./exit.ts";

type Style = Parameters<typeof styleText>[0];

export interface Screen {
  /** `--json` was given. */
  json: boolean;
  /** Ends on Ctrl-C, and when the reader of stdout has gone. */
  signal: AbortSignal;
  /** The reader of stdout has gone (`| head`). */
  readonly gone: boolean;
  /** Writes to stdout and waits for a slow reader. */
  out(text: string): Promise<void>;
  /** Writes a line to stderr. */
  line(text: string, style?: Style): void;
  /** Writes a piece to stderr, without a line's end. */
  piece(text: string, style?: Style): void;
  /** A spinner on a terminal, nothing elsewhere. */
  progress(text: string): Progress;
  /** Who handles Ctrl-C instead of the run's end; undefined gives it back. */
  interrupt: (() => void) | undefined;
  release(): void;
}
export interface Progress {
  change(text: string): void;
  stop(): void;
}

export function openScreen(json: boolean): Screen {
  const controller = new AbortController();
  let gone = false;
  let interrupted = false;
  const leave = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") throw error;
    gone = true;
    controller.abort();
  };
  const interrupt = (): void => {
    if (screen.interrupt !== undefined) return screen.interrupt();
    // The second Ctrl-C is from somebody who no longer waits.
    if (interrupted) process.exit(130);
    interrupted = true;
    controller.abort();
  };
  process.stdout.on("error", leave);
  process.stderr.on("error", leave);
  process.on("SIGINT", interrupt);
  const screen: Screen = {
    json,
    signal: controller.signal,
    interrupt: undefined,
    get gone() {
      return gone;
    },
    async out(text) {
      if (gone || text === "") return;
      const ready = process.stdout.write(process.stdout.isTTY ? printable(text) : text);
      if (!ready && !gone) await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]).catch(leave);
    },
    piece(text, style) {
      if (gone) return;
      process.stderr.write(style === undefined ? printable(text) : styleText(style, printable(text), { stream: process.stderr }));
    },
    line(text, style) {
      screen.piece(text, style);
      screen.piece("\n");
    },
    progress: (text) => (process.stderr.isTTY ? spin(text) : { change() {}, stop() {} }),
    release() {
      process.off("SIGINT", interrupt);
    },
  };
  return screen;
}

/** Printing for stdout: styled only where stdout is a terminal. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const CLEAR = "\r\u001b[K";

function spin(first: string): Progress {
  let text = first;
  let frame = 0;
  let shown = false;
  const draw = (): void => {
    shown = true;
    process.stderr.write(`${CLEAR}${styleText("cyan", FRAMES[frame++ % FRAMES.length] ?? "", { stream: process.stderr })} ${text}`);
  };
  // What is over at once shows nothing.
  const timer = setInterval(draw, 120);
  timer.unref();
  return {
    change(next) {
      text = next;
    },
    stop() {
      clearInterval(timer);
      if (shown) process.stderr.write(CLEAR);
      shown = false;
    },
  };
}
