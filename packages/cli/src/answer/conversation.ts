/** A conversation at the terminal. Ctrl-C stops the current answer; at the prompt it ends the conversation. */
import { type ChatRequest, isLumiverseError, type Message, type Part } from "@lumiverse/core";
import { describeError } from "../terminal/error-description.ts";
import { type ExitCode, exitCodes } from "../terminal/exit-code.ts";
import type { Screen } from "../terminal/screen.ts";
import { type AnswerOptions, showAnswer } from "./answer.ts";
import type { Conversation } from "./conversation-state.ts";
import { CostCounter } from "./cost-counter.ts";
import { openMessageInput } from "./message-input.ts";
import { type ConversationFolder, countOf, newConversationId, type SavedConversation, savedForm, timeOf } from "./saved-conversation.ts";
import { runSlashCommand } from "./slash-commands.ts";

export interface ConversationStart extends Pick<Conversation, "target" | "connection" | "model" | "models"> {
  /** A conversation to go on with. */
  resumed?: SavedConversation;
  system?: string;
  attachments: readonly Part[];
  /** The request of a turn: parameters, reasoning. */
  request(messages: readonly Message[], model: string): ChatRequest;
}

export interface ConversationOptions extends Pick<AnswerOptions, "stream" | "markdown" | "showsReasoning"> {
  /** False: nothing is kept on disk. */
  saves: boolean;
}

export async function converse(
  start: ConversationStart,
  folder: ConversationFolder,
  options: ConversationOptions,
  screen: Screen,
): Promise<ExitCode> {
  const conversation = begin(start, folder, screen);
  let running: AbortController | undefined;
  let end: ExitCode = exitCodes.ok;
  // In raw mode the terminal sends Ctrl-C as a key. A signal from another process goes through the screen.
  const interrupt = (): void => {
    if (running !== undefined) return running.abort();
    end = exitCodes.aborted;
    input.close();
  };
  const input = openMessageInput(interrupt);
  screen.interrupt = interrupt;
  screen.line(`${nameOf(start)}, ${conversation.model}. /help lists the commands. /exit or Ctrl-D ends the conversation.`, "dim");
  if (start.resumed !== undefined)
    screen.line(`Going on with ${countOf(conversation.messages)} of ${start.resumed.name ?? timeOf(start.resumed)}.`, "dim");
  const saved = keeper(conversation, options.saves, start.resumed);
  const send = async (message: Message, before: readonly Message[] = conversation.messages): Promise<void> => {
    running = new AbortController();
    const signal = running.signal;
    const sent = [...before, message];
    const request = start.request(withSystem(sent, conversation.system), conversation.model);
    const answer = await turn(conversation, request, { ...options, signal }, screen);
    running = undefined;
    if (answer !== undefined) {
      delete conversation.unanswered;
      conversation.messages = [...sent, answer];
      await saved.keep();
    } else if (before === conversation.messages) conversation.unanswered = message;
  };
  try {
    for (let typed = await input.next(); typed !== undefined; typed = await input.next()) {
      const { kind, text } = typed;
      if (text === "") continue;
      if (kind === "message") {
        await send(messageFrom(text, conversation));
        continue;
      }
      const next = await reported(() => runSlashCommand(text, conversation), screen);
      if (next === "exit") break;
      if (typeof next === "object") await send(next.message, next.before);
      else await saved.keepChanges();
    }
  } finally {
    screen.interrupt = undefined;
    input.close();
  }
  return end;
}

/** `Local (Custom)`, or the provider's name alone. */
function nameOf({ target, connection: { provider } }: ConversationStart): string {
  return target === provider.id || target === provider.name ? provider.name : `${target} (${provider.name})`;
}

function begin({ resumed, attachments, ...start }: ConversationStart, folder: ConversationFolder, screen: Screen): Conversation {
  const { target, connection, model, models } = start;
  const system = start.system ?? resumed?.system;
  return {
    id: resumed?.id ?? newConversationId(),
    ...(resumed?.name === undefined ? {} : { name: resumed.name }),
    target,
    connection,
    model,
    models,
    ...(system === undefined ? {} : { system }),
    messages: resumed?.messages ?? [],
    attachments,
    costs: new CostCounter(),
    folder,
    screen,
  };
}

function messageFrom(text: string, conversation: Conversation): Message {
  const { attachments } = conversation;
  conversation.attachments = [];
  return { role: "user", content: attachments.length === 0 ? text : [...attachments, { type: "text", text }] };
}

export function withSystem(messages: readonly Message[], system: string | undefined): Message[] {
  return system === undefined ? [...messages] : [{ role: "system", content: system }, ...messages];
}

interface Keeper {
  keep(): Promise<void>;
  /** Writes what a command changed, so that a conversation goes on later as it was left. One that has no answer yet is not written. */
  keepChanges(): Promise<void>;
}

function keeper(conversation: Conversation, saves: boolean, resumed: SavedConversation | undefined): Keeper {
  const state = (): { id: string; text: string } => ({
    id: conversation.id,
    text: JSON.stringify({ ...savedForm(conversation), updatedAt: "" }),
  });
  let written = resumed === undefined ? undefined : state();
  const keep = async (): Promise<void> => {
    if (!saves) return;
    try {
      await conversation.folder.save(savedForm(conversation));
      written = state();
    } catch (cause) {
      // A conversation that cannot be written goes on.
      conversation.screen.line(`warning: the conversation could not be saved: ${describeError(cause).line}`, "yellow");
    }
  };
  return {
    keep,
    async keepChanges() {
      const now = state();
      if (written === undefined || written.text === now.text) return;
      // Another conversation was loaded, and nothing of it has changed yet.
      if (written.id !== now.id) written = now;
      else await keep();
    },
  };
}

/** Shows the answer and returns its message. Reports a failed turn and returns undefined, so that the conversation continues without it. */
async function turn(
  { connection, costs }: Conversation,
  request: ChatRequest,
  options: AnswerOptions,
  screen: Screen,
): Promise<Message | undefined> {
  return reported(async () => {
    const response = await showAnswer(connection, request, options, screen);
    costs.add(response);
    return response.message;
  }, screen);
}

/** Reports an error of a person's input or of a host. An error of this program is thrown. */
async function reported<T>(run: () => Promise<T>, screen: Screen): Promise<T | undefined> {
  try {
    return await run();
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
