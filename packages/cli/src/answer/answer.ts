/** Shows one answer: text on stdout, reasoning dimmed on stderr, then notes and figures on stderr. */
import type { ChatRequest, ChatResponse, Connection, Note } from "@lumiverse/core";
import type { Screen } from "../terminal/screen.ts";
import { figureLines, noteLine } from "./figures.ts";

export interface AnswerOptions {
  stream: boolean;
  signal: AbortSignal;
}

/** Shows the answer and returns it. With `--json`, shows nothing. */
export async function showAnswer(
  connection: Connection,
  request: ChatRequest,
  options: AnswerOptions,
  screen: Screen,
): Promise<ChatResponse> {
  const started = Date.now();
  const progress = screen.progress(`waiting for ${connection.provider.id} (${request.model})`);
  const notes: Note[] = [];
  const writer = new AnswerWriter(screen);
  let firstMs: number | undefined;
  try {
    let response: ChatResponse;
    if (options.stream) {
      const stream = connection.stream({ ...request, signal: options.signal });
      for await (const event of stream) {
        if (event.type === "note") notes.push(event.note);
        if (event.type !== "text" && event.type !== "reasoning") continue;
        firstMs ??= Date.now() - started;
        progress.stop();
        if (!screen.json) await writer.write(event.type, event.text);
      }
      response = await stream.response();
    } else {
      response = await connection.generate({ ...request, signal: options.signal });
      progress.stop();
      notes.push(...response.notes);
      if (!screen.json) {
        await writer.write("reasoning", response.reasoning);
        await writer.write("text", response.text);
      }
    }
    await writer.end();
    if (!screen.json) {
      showNotes(notes, screen);
      for (const line of figureLines(response, firstMs)) screen.line(line, "dim");
    }
    return response;
  } catch (cause) {
    progress.stop();
    await writer.end();
    if (!screen.json) showNotes(notes, screen);
    throw cause;
  } finally {
    progress.stop();
  }
}

function showNotes(notes: readonly Note[], screen: Screen): void {
  for (const note of notes) screen.line(noteLine(note), "yellow");
}

/** Separates text from reasoning. Text goes to stdout; reasoning goes to stderr, and only to a terminal. */
class AnswerWriter {
  readonly #screen: Screen;
  #last: "text" | "reasoning" | undefined;
  #atLineStart = true;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  async write(kind: "text" | "reasoning", text: string): Promise<void> {
    if (text === "" || (kind === "reasoning" && !process.stderr.isTTY)) return;
    if (this.#last === "reasoning" && kind === "text") this.#screen.piece(this.#atLineStart ? "\n" : "\n\n");
    this.#last = kind;
    this.#atLineStart = text.endsWith("\n");
    if (kind === "text") await this.#screen.out(text);
    else this.#screen.piece(text, "dim");
  }

  async end(): Promise<void> {
    if (this.#atLineStart) return;
    if (this.#last === "text") await this.#screen.out("\n");
    else this.#screen.piece("\n");
    this.#atLineStart = true;
  }
}
