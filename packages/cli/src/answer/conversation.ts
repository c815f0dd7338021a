/** A conversation at the terminal. Ctrl-C stops the current answer; at the prompt it ends the conversation. */
import { createInterface } from "node:readline";
import { type ChatRequest, type Connection, isLumiverseError, type Message } from "@lumiverse/core";
import { describeError } from "../terminal/error-description.ts";
import { type ExitCode, exitCodes } from "../terminal/exit-code.ts";
import type { Screen } from "../terminal/screen.ts";
import { type AnswerOptions, showAnswer } from "./answer.ts";

export async function converse(
  connection: Connection,
  request: ChatRequest,
  options: { stream: boolean },
  screen: Screen,
): Promise<ExitCode> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true, prompt: "> " });
  let running: AbortController | undefined;
  let end: ExitCode = exitCodes.ok;
  // In raw mode readline receives Ctrl-C. A signal from another process goes through the screen.
  const interrupt = (): void => {
    if (running !== undefined) return running.abort();
    end = exitCodes.aborted;
    lines.close();
  };
  lines.on("SIGINT", interrupt);
  screen.interrupt = interrupt;
  screen.line(`${connection.provider.name}, ${request.model}. /clear removes all messages. /exit or Ctrl-D ends the conversation.`, "dim");
  let messages: readonly Message[] = request.messages;
  lines.prompt();
  // The iterator keeps lines that are typed during an answer.
  for await (const line of lines) {
    const text = line.trim();
    if (text === "/exit" || text === "/quit") break;
    if (text === "/clear") messages = request.messages;
    else if (text !== "") {
      running = new AbortController();
      const next: Message[] = [...messages, { role: "user", content: text }];
      const message = await turn(connection, { ...request, messages: next }, { stream: options.stream, signal: running.signal }, screen);
      if (message !== undefined) messages = [...next, message];
      running = undefined;
    }
    lines.prompt();
  }
  screen.interrupt = undefined;
  lines.close();
  return end;
}

/** Shows the answer and returns its message. Reports a failed turn and returns undefined, so that the conversation continues without it. */
async function turn(connection: Connection, request: ChatRequest, options: AnswerOptions, screen: Screen): Promise<Message | undefined> {
  try {
    return (await showAnswer(connection, request, options, screen)).message;
  } catch (cause) {
    if (!isLumiverseError(cause)) throw cause;
    const { line, hint, exit } = describeError(cause);
    if (exit === exitCodes.aborted) screen.line("(stopped; this turn is not part of the conversation)", "dim");
    else {
      screen.line(`error: ${line}`, "red");
      if (hint !== undefined) screen.line(`hint: ${hint}`);
    }
    return undefined;
  }
}
