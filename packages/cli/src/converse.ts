/** A conversation at the terminal. Ctrl-C ends the answer that is being written, and at the prompt the conversation. */
import { createInterface } from "node:readline";
import { type ChatRequest, type Connection, isLumiverseError, type Message } from "@lumiverse/core";
import { answer } from "./answer.ts";
import { type ExitCode, exitCodes, tell } from "./exit.ts";
import type { Screen } from "./screen.ts";

export async function converse(connection: Connection, request: ChatRequest, how: { stream: boolean }, screen: Screen): Promise<ExitCode> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true, prompt: "> " });
  let running: AbortController | undefined;
  let end: ExitCode = exitCodes.ok;
  // In raw mode the terminal hands Ctrl-C to readline; a signal from elsewhere comes through the screen.
  const interrupt = (): void => {
    if (running !== undefined) return running.abort();
    end = exitCodes.aborted;
    lines.close();
  };
  lines.on("SIGINT", interrupt);
  screen.interrupt = interrupt;
  screen.line(`${connection.provider.name}, ${request.model}. /clear forgets what was said; /exit or Ctrl-D ends.`, "dim");
  let messages: readonly Message[] = request.messages;
  lines.prompt();
  // The iterator keeps lines that are typed while an answer is being written.
  for await (const said of lines) {
    const text = said.trim();
    if (text === "/exit" || text === "/quit") break;
    if (text === "/clear") messages = request.messages;
    else if (text !== "") {
      running = new AbortController();
      const next: Message[] = [...messages, { role: "user", content: text }];
      const answered = await turn(connection, { ...request, messages: next }, { stream: how.stream, signal: running.signal }, screen);
      if (answered !== undefined) messages = [...next, answered];
      running = undefined;
    }
    lines.prompt();
  }
  screen.interrupt = undefined;
  lines.close();
  return end;
}

/** A failed turn is told and forgotten, and the conversation goes on. */
async function turn(
  connection: Connection,
  request: ChatRequest,
  how: { stream: boolean; signal: AbortSignal },
  screen: Screen,
): Promise<Message | undefined> {
  try {
    return (await answer(connection, request, how, screen)).message;
  } catch (cause) {
    if (!isLumiverseError(cause)) throw cause;
    const { line, hint, exit } = tell(cause);
    if (exit === exitCodes.aborted) screen.line("(stopped; this turn is forgotten)", "dim");
    else {
      screen.line(`error: ${line}`, "red");
      if (hint !== undefined) screen.line(`hint: ${hint}`);
    }
    return undefined;
  }
}
