/** Shows one answer: text on stdout, reasoning dimmed on stderr, then notes and figures on stderr. */
import type { ChatRequest, ChatResponse, ChatStream, Connection, Note } from "@lumiverse/core";
import { type MarkdownWriter, markdownWriter } from "../terminal/markdown.ts";
import { type Screen, showsColours } from "../terminal/screen.ts";
import { figureLines, noteLine } from "./figures.ts";

export interface AnswerOptions {
  stream: boolean;
  signal: AbortSignal;
  /** Renders Markdown, on a terminal with colours. */
  markdown: boolean;
  /** Shows the reasoning, on a terminal. */
  showsReasoning: boolean;
}

/** Shows the answer and returns it. With `--json`, shows nothing. */
export async function showAnswer(
  connection: Connection,
  request: ChatRequest,
  options: AnswerOptions,
  screen: Screen,
): Promise<ChatResponse> {
  const progress = screen.progress(`waiting for ${connection.provider.id} (${request.model})`);
  const notes: Note[] = [];
  const writer = new AnswerWriter(screen, options.showsReasoning, await markdownFor(options));
  const write = async (kind: "text" | "reasoning", text: string): Promise<void> => {
    progress.stop();
    if (!screen.json) await writer.write(kind, text);
  };
  const sent = { ...request, signal: options.signal };
  try {
    const { response, firstMs } = options.stream
      ? await readStreamed(connection.stream(sent), notes, write)
      : await readWhole(await connection.generate(sent), notes, write);
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

/** Writes a piece of the answer. */
type Write = (kind: "text" | "reasoning", text: string) => Promise<void>;

interface ReadAnswer {
  response: ChatResponse;
  /** Milliseconds until the first text. */
  firstMs?: number | undefined;
}

async function readStreamed(stream: ChatStream, notes: Note[], write: Write): Promise<ReadAnswer> {
  const started = Date.now();
  let firstMs: number | undefined;
  for await (const event of stream) {
    if (event.type === "note") notes.push(event.note);
    if (event.type !== "text" && event.type !== "reasoning") continue;
    firstMs ??= Date.now() - started;
    await write(event.type, event.text);
  }
  return { response: await stream.response(), firstMs };
}

async function readWhole(response: ChatResponse, notes: Note[], write: Write): Promise<ReadAnswer> {
  notes.push(...response.notes);
  await write("reasoning", response.reasoning);
  await write("text", response.text);
  return { response };
}

function showNotes(notes: readonly Note[], screen: Screen): void {
  for (const note of notes) screen.line(noteLine(note), "yellow");
}

/** Separates text from reasoning. Text goes to stdout; reasoning goes to stderr, and only to a terminal. */
class AnswerWriter {
  readonly #screen: Screen;
  readonly #showsReasoning: boolean;
  readonly #markdown: MarkdownWriter | undefined;
  #last: "text" | "reasoning" | undefined;
  #atLineStart = true;

  constructor(screen: Screen, showsReasoning: boolean, markdown: MarkdownWriter | undefined) {
    this.#screen = screen;
    this.#showsReasoning = showsReasoning && process.stderr.isTTY === true;
    this.#markdown = markdown;
  }

  async write(kind: "text" | "reasoning", text: string): Promise<void> {
    if (text === "" || (kind === "reasoning" && !this.#showsReasoning)) return;
    if (kind === "reasoning" && this.#last === "text") await this.#endText();
    if (this.#last === "reasoning" && kind === "text") this.#screen.piece(this.#atLineStart ? "\n" : "\n\n");
    this.#last = kind;
    this.#atLineStart = text.endsWith("\n");
    if (kind === "reasoning") this.#screen.piece(text, "dim");
    else if (this.#markdown === undefined) await this.#screen.out(text);
    else await this.#screen.outStyled(this.#markdown.push(text));
  }

  async end(): Promise<void> {
    if (this.#last === "text") await this.#endText();
    else if (!this.#atLineStart) this.#screen.piece("\n");
    this.#atLineStart = true;
    this.#last = undefined;
  }

  async #endText(): Promise<void> {
    if (this.#markdown !== undefined) await this.#screen.outStyled(this.#markdown.finish());
    else if (!this.#atLineStart) await this.#screen.out("\n");
    this.#atLineStart = true;
  }
}

async function markdownFor({ markdown }: AnswerOptions): Promise<MarkdownWriter | undefined> {
  const { stdout } = process;
  return markdown && showsColours(stdout) ? markdownWriter({ columns: stdout.columns || 80, rows: stdout.rows || 24 }) : undefined;
}
