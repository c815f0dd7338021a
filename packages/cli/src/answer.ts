/** One answer on its way to the screen: text to stdout, reasoning dimmed beside it, notes and figures after it. */
import type { ChatRequest, ChatResponse, Connection, Note } from "@lumiverse/core";
import { footer, noteLine } from "./footer.ts";
import type { Screen } from "./screen.ts";

export interface Answering {
  stream: boolean;
  signal: AbortSignal;
}

/** Shows the answer and returns it. With `--json` nothing is shown on the way. */
export async function answer(connection: Connection, request: ChatRequest, how: Answering, screen: Screen): Promise<ChatResponse> {
  const started = Date.now();
  const progress = screen.progress(`waiting for ${connection.provider.id} (${request.model})`);
  const notes: Note[] = [];
  const pen = new Pen(screen);
  let firstMs: number | undefined;
  try {
    let response: ChatResponse;
    if (how.stream) {
      const stream = connection.stream({ ...request, signal: how.signal });
      for await (const event of stream) {
        if (event.type === "note") notes.push(event.note);
        if (event.type !== "text" && event.type !== "reasoning") continue;
        firstMs ??= Date.now() - started;
        progress.stop();
        if (!screen.json) await pen.write(event.type, event.text);
      }
      response = await stream.response();
    } else {
      response = await connection.generate({ ...request, signal: how.signal });
      progress.stop();
      notes.push(...response.notes);
      if (!screen.json) {
        await pen.write("reasoning", response.reasoning);
        await pen.write("text", response.text);
      }
    }
    await pen.end();
    if (!screen.json) {
      tellNotes(notes, screen);
      for (const line of footer(response, firstMs)) screen.line(line, "dim");
    }
    return response;
  } catch (cause) {
    progress.stop();
    await pen.end();
    if (!screen.json) tellNotes(notes, screen);
    throw cause;
  } finally {
    progress.stop();
  }
}

function tellNotes(notes: readonly Note[], screen: Screen): void {
  for (const note of notes) screen.line(noteLine(note), "yellow");
}

/** Keeps text and reasoning apart: stdout is the answer, reasoning is shown only to a person at a terminal. */
class Pen {
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
