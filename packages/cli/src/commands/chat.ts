import { requestFor } from "@lumiverse/connections";
import { type ChatRequest, type Connection, isLumiverseError, LumiverseError, type Message } from "@lumiverse/core";
import { Command } from "commander";
import { type AnswerOptions, showAnswer } from "../answer/answer.ts";
import { type ConversationStart, converse, withSystem } from "../answer/conversation.ts";
import {
  type ConversationFolder,
  conversationFolder,
  newConversationId,
  type SavedConversation,
  savedForm,
} from "../answer/saved-conversation.ts";
import { defaultModel } from "../connection/default-model.ts";
import { hasSavedConnections, withSavedConnections } from "../connection/saved.ts";
import { bindingOf, type Target, withTarget } from "../connection/target.ts";
import { type RequestOptions, requestFrom, withRequestOptions } from "../request/options.ts";
import type { ExitCode } from "../terminal/exit-code.ts";
import type { Screen } from "../terminal/screen.ts";
import { shellWord } from "../terminal/shell-word.ts";
import { promptFrom } from "../terminal/stdin.ts";
import type { CommandContext } from "./context.ts";

interface Options extends RequestOptions {
  prompt?: string;
  continue?: boolean;
  save?: boolean;
  markdown: boolean;
}

export function chatCommand({ screen, setExitCode }: CommandContext): Command {
  const command = new Command("chat")
    .description("send a message and stream the answer; on a terminal, without a prompt, start a conversation")
    .argument("[connection]", "a connection's name or a provider's id (default: the default connection)")
    .argument("[prompt...]", "the message; text on standard input is added after it")
    .option("-p, --prompt <text>", "the message, for the default connection")
    .option("-c, --continue", "go on with the last saved conversation")
    .option("--save", "save the conversation (default: at a terminal, without a prompt)")
    .option("--no-save", "keep nothing on disk")
    .option("--no-markdown", "print the answer as the model wrote it");
  return withRequestOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse chat                                            (a conversation with the default connection)
  lumiverse chat Router "Name three rivers."
  lumiverse chat groq "Name three rivers."                  (a provider, with its key from the environment or .env)
  lumiverse chat --prompt "And three lakes?" --continue
  lumiverse chat custom --base-url http://localhost:8080/v1/chat/completions "hello"
  cat report.txt | lumiverse chat anthropic "Summarise:" > summary.txt
  lumiverse chat google --image cat.png "What is on it?"
  lumiverse chat openai --schema city.json --json "The largest city of Peru" | jq .output
  lumiverse chat openrouter --setting routing.sort=price --reasoning high "Why is the sky blue?"

The answer goes to stdout. Reasoning, notes and figures go to stderr. In a conversation, /help lists the commands.`,
    )
    .action(async (given: string | undefined, words: string[], options: Options) => {
      const folder = conversationFolder();
      const resumed = options.continue === true ? await lastConversation(folder) : undefined;
      const isPrompt = given !== undefined && (await isMessage(given, screen));
      const typed = [...(options.prompt === undefined ? [] : [options.prompt]), ...(isPrompt ? [given] : []), ...words];
      await withTarget(isPrompt ? resumed?.target : (given ?? resumed?.target), options, screen, async (target) => {
        const connection = await target.connect();
        const prompt = await promptFrom(typed, screen.signal, (line) => screen.line(line, "yellow"));
        const partial = await requestFrom(options, prompt);
        const isConversation = prompt === "" && process.stdin.isTTY && !screen.json;
        if (prompt === "" && !isConversation && !partial.messages.some((message) => message.role === "user")) throw noPrompt(target.name);
        const model = options.model ?? resumed?.model ?? target.model ?? (await chosenModel(target, connection, screen));
        const chat: Chat = { target, connection, model, partial, folder, options, ...(resumed === undefined ? {} : { resumed }) };
        if (isConversation) setExitCode(await startConversation(chat, screen));
        else await answerOnce(chat, screen);
      }).catch((cause: unknown) => {
        throw given !== undefined && typed.length === 0 ? withPromptHint(cause, given) : cause;
      });
    });
}

/** The error for a single word that is near no name, with how to send it as a message. Other errors stay. */
function withPromptHint(cause: unknown, given: string): unknown {
  if (!isLumiverseError(cause) || cause.field !== "connection" || cause.hint?.startsWith("Did you mean") === true) return cause;
  const hint = `${cause.hint}. To send it as a message: lumiverse chat --prompt ${shellWord(given)}`;
  return new LumiverseError({ code: "configuration", field: "connection", message: cause.message, hint, cause });
}

/** The opened target of the command, with its request and options. */
interface Chat {
  target: Target;
  connection: Connection;
  model: string;
  /** The request without its model. Its messages are the system message, the files and the prompt. */
  partial: Omit<ChatRequest, "model">;
  folder: ConversationFolder;
  options: Options;
  /** The conversation to go on with. */
  resumed?: SavedConversation;
}

/** @throws LumiverseError `configuration` when no conversation is saved */
async function lastConversation(folder: ConversationFolder): Promise<SavedConversation> {
  const last = await folder.find();
  if (last !== undefined) return last;
  throw new LumiverseError({
    code: "configuration",
    field: "continue",
    message: "no conversation is saved",
    hint: "Start one: lumiverse chat",
  });
}

async function startConversation(chat: Chat, screen: Screen): Promise<ExitCode> {
  const { target, connection, model, partial, folder, options, resumed } = chat;
  const start: ConversationStart = {
    target: target.name,
    connection,
    model,
    request: (messages, used) => requestOf(chat, messages, used),
    ...beginning(partial.messages),
    models: () => modelIds(target),
    ...(resumed === undefined ? {} : { resumed }),
  };
  return converse(start, folder, { ...answerOptions(chat), saves: options.save !== false }, screen);
}

async function answerOnce(chat: Chat, screen: Screen): Promise<void> {
  const { target, connection, model, partial, folder, options, resumed } = chat;
  const { system = resumed?.system, messages } = splitMessages(partial.messages);
  const all = [...(resumed?.messages ?? []), ...messages];
  const request = requestOf(chat, withSystem(all, system), model);
  const response = await showAnswer(connection, request, { ...answerOptions(chat), signal: screen.signal }, screen);
  if (options.save === true || (resumed !== undefined && options.save !== false))
    await folder.save(
      savedForm({
        ...identity(resumed),
        target: target.name,
        model,
        ...(system === undefined ? {} : { system }),
        messages: [...all, response.message],
      }),
    );
  if (screen.json) await screen.outJson(response);
}

function requestOf({ target, partial }: Chat, messages: readonly Message[], model: string): ChatRequest {
  return requestFor({ model, ...bindingOf(target) }, { ...partial, messages });
}

function answerOptions({ target, options }: Chat): Omit<AnswerOptions, "signal"> {
  return { stream: options.stream, markdown: options.markdown, showsReasoning: target.profile?.reasoning?.show !== false };
}

/** True for an argument that can only be a message: it has spaces, and no connection has this name. A single word may be a misspelt name, which is never sent. */
async function isMessage(given: string, screen: Screen): Promise<boolean> {
  if (given === "-") return true;
  if (!/\s/.test(given.trim())) return false;
  if (!hasSavedConnections()) return true;
  return withSavedConnections(screen, async ({ profiles }) => (await profiles.find(given)) === undefined);
}

async function chosenModel({ provider, settings }: Target, connection: Connection, screen: Screen): Promise<string> {
  const { id, reason } = await defaultModel(connection, settings, screen.signal);
  if (process.stderr.isTTY && !screen.json) screen.line(`model: ${id} (${reason}); --model names another one of ${provider.name}`, "dim");
  return id;
}

/** The ids of the built-in list, to notice a misspelt model. Empty for a provider without such a list. */
async function modelIds({ provider, settings }: Target): Promise<string[]> {
  return (await provider.catalogue?.(settings))?.models.flatMap(({ id, aliases = [] }) => [id, ...aliases]) ?? [];
}

function splitMessages(messages: readonly Message[]): { system?: string; messages: Message[] } {
  const system = messages.find(({ role }) => role === "system")?.content;
  const others = messages.filter(({ role }) => role !== "system");
  return { ...(typeof system === "string" ? { system } : {}), messages: others };
}

/** The system message and the files that the command line names, for the first message of a conversation. */
function beginning(messages: readonly Message[]): Pick<ConversationStart, "system" | "attachments"> {
  const { system, messages: others } = splitMessages(messages);
  const attachments = others.flatMap((message) => (message.role === "user" && typeof message.content !== "string" ? message.content : []));
  return { ...(system === undefined ? {} : { system }), attachments };
}

function identity(resumed: SavedConversation | undefined): Pick<SavedConversation, "id" | "name"> {
  return { id: resumed?.id ?? newConversationId(), ...(resumed?.name === undefined ? {} : { name: resumed.name }) };
}

function noPrompt(name: string): LumiverseError {
  return new LumiverseError({
    code: "configuration",
    field: "prompt",
    message: "the prompt is missing: the command line has no words and standard input has no text",
    hint: `Try: lumiverse chat ${shellWord(name)} "your question"`,
  });
}
