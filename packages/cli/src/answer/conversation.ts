/** A conversation at the terminal. Ctrl-C stops the current answer; at the prompt it ends the conversation. */
import { type ChatRequest, isLumiverseError, type Message, type Part } from "@lumiverse/core";
import { describeError } from "../terminal/error-description.ts";
import { type ExitCode, exitCodes } from "../terminal/exit-code.ts";
import type { Screen } from "../terminal/screen.ts";
import { type AnswerOptions, showAnswer } from "./answer.ts";
import type { Conversation } from "./conversation-state.ts";
import { CostCounter } from "./cost-counter.ts";
import { countOf } from "./figures.ts";
import { openMessageInput } from "./message-input.ts";
import { type ConversationFolder, newConversationId, type SavedConversation, savedForm, timeOf } from "./saved-conversation.ts";
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
  const autosave = new Autosave(conversation, options.saves, start.resumed !== undefined);
  const turns = new Turns(conversation, start, options, autosave);
  let end: ExitCode = exitCodes.ok;
  // In raw mode the terminal sends Ctrl-C as a key. A signal from another process goes through the screen.
  const interrupt = (): void => {
    if (turns.abort()) return;
    end = exitCodes.aborted;
    input.close();
  };
  const input = openMessageInput(interrupt);
  screen.interrupt = interrupt;
  screen.line(`${nameOf(start)}, ${conversation.model}. /help lists the commands. /exit or Ctrl-D ends the conversation.`, "dim");
  if (start.resumed !== undefined)
    screen.line(
      `Going on with ${countOf(conversation.messages.length, "message")} of ${start.resumed.name ?? timeOf(start.resumed)}.`,
      "dim",
    );
  try {
    for (let typed = await input.next(); typed !== undefined; typed = await input.next()) {
      const { kind, text } = typed;
      if (text === "") continue;
      if (kind === "message") {
        await turns.send(messageFrom(text, conversation));
        continue;
      }
      const next = await reported(() => runSlashCommand(text, conversation), screen);
      if (next === "exit") break;
      if (typeof next === "object") await turns.send(next.message, next.before);
      else await autosave.saveChanges();
    }
  } finally {
    screen.interrupt = undefined;
    input.close();
  }
  return end;
}

/** Sends messages and adds them to the conversation with their answers. */
class Turns {
  readonly #conversation: Conversation;
  readonly #request: ConversationStart["request"];
  readonly #options: ConversationOptions;
  readonly #autosave: Autosave;
  #running: AbortController | undefined;

  constructor(conversation: Conversation, { request }: ConversationStart, options: ConversationOptions, autosave: Autosave) {
    this.#conversation = conversation;
    this.#request = request;
    this.#options = options;
    this.#autosave = autosave;
  }

  /** Sends a message after those in `before`. A failed turn is reported, and the conversation goes on without it. */
  async send(message: Message, before: readonly Message[] = this.#conversation.messages): Promise<void> {
    const conversation = this.#conversation;
    const sent = [...before, message];
    const answer = await this.#answer(this.#request(withSystem(sent, conversation.system), conversation.model));
    if (answer !== undefined) {
      delete conversation.unanswered;
      conversation.messages = [...sent, answer];
      await this.#autosave.save();
    } else if (before === conversation.messages) conversation.unanswered = message;
  }

  /** Stops the current answer. False when there is none. */
  abort(): boolean {
    this.#running?.abort();
    return this.#running !== undefined;
  }

  /** Shows the answer and returns its message. Undefined for a failed turn. */
  async #answer(request: ChatRequest): Promise<Message | undefined> {
    const { connection, costs, screen } = this.#conversation;
    const running = new AbortController();
    this.#running = running;
    const answer = await reported(async () => {
      const response = await showAnswer(connection, request, { ...this.#options, signal: running.signal }, screen);
      costs.add(response);
      return response.message;
    }, screen);
    this.#running = undefined;
    return answer;
  }
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

/** Writes the conversation to disk as it changes, so that it can go on later as it was left. */
class Autosave {
  readonly #conversation: Conversation;
  readonly #isOn: boolean;
  /** The id and the text that are on disk. Undefined: the conversation has no answer yet, and is not written. */
  #written: { id: string; text: string } | undefined;

  constructor(conversation: Conversation, isOn: boolean, isResumed: boolean) {
    this.#conversation = conversation;
    this.#isOn = isOn;
    this.#written = isResumed ? this.#state() : undefined;
  }

  async save(): Promise<void> {
    if (!this.#isOn) return;
    try {
      await this.#conversation.folder.save(savedForm(this.#conversation));
      this.#written = this.#state();
    } catch (cause) {
      // A conversation that cannot be written goes on.
      this.#conversation.screen.line(`warning: the conversation could not be saved: ${describeError(cause).line}`, "yellow");
    }
  }

  /** Saves what a slash command changed. */
  async saveChanges(): Promise<void> {
    const now = this.#state();
    if (this.#written === undefined || this.#written.text === now.text) return;
    // The command loaded another conversation, which has not changed yet.
    if (this.#written.id !== now.id) this.#written = now;
    else await this.save();
  }

  #state(): { id: string; text: string } {
    const { id } = this.#conversation;
    return { id, text: JSON.stringify({ ...savedForm(this.#conversation), updatedAt: "" }) };
  }
}

/** Shows an error of the person's input or of a host, and returns undefined. An error of this program is thrown. */
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
