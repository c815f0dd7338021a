import { requestFor } from "@lumiverse/connections";
import { type ChatRequest, type Connection, LumiverseError, type Message } from "@lumiverse/core";
import { Command } from "commander";
import { type AnswerOptions, showAnswer } from "../answer/answer.ts";
import { converse, withSystem } from "../answer/conversation.ts";
import { conversationFolder, newConversationId, type SavedConversation, savedForm } from "../answer/saved-conversation.ts";
import { defaultModel } from "../connection/default-model.ts";
import { hasSavedConnections, withSavedConnections } from "../connection/saved.ts";
import { bindingOf, type Target, withTarget } from "../connection/target.ts";
import { type RequestOptions, requestFrom, withRequestOptions } from "../request/options.ts";
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
      const resumed = options.continue === true ? await folder.find() : undefined;
      if (options.continue === true && resumed === undefined)
        throw new LumiverseError({
          code: "configuration",
          field: "continue",
          message: "no conversation is saved",
          hint: "Start one: lumiverse chat",
        });
      const isPrompt = given !== undefined && (await isMessage(given, screen));
      const typed = [...(options.prompt === undefined ? [] : [options.prompt]), ...(isPrompt ? [given] : []), ...words];
      await withTarget(isPrompt ? resumed?.target : (given ?? resumed?.target), options, screen, async (target) => {
        const connection = await target.connect();
        const prompt = await promptFrom(typed, screen.signal, (line) => screen.line(line, "yellow"));
        const partial = await requestFrom(options, prompt);
        const isConversation = prompt === "" && process.stdin.isTTY && !screen.json;
        if (prompt === "" && !isConversation && !partial.messages.some((message) => message.role === "user")) throw noPrompt(target.name);
        const model = options.model ?? resumed?.model ?? target.model ?? (await chosenModel(target, connection, screen));
        const answer: AnswerOptions = {
          stream: options.stream,
          markdown: options.markdown,
          showsReasoning: target.profile?.reasoning?.show !== false,
          signal: screen.signal,
        };
        const request = (messages: readonly Message[], used: string): ChatRequest =>
          requestFor({ model: used, ...bindingOf(target) }, { ...partial, messages });
        if (isConversation) {
          const start = { target: target.name, connection, model, request, ...beginning(partial.messages), models: () => modelIds(target) };
          const code = await converse(
            resumed === undefined ? start : { ...start, resumed },
            folder,
            { ...answer, saves: options.save !== false },
            screen,
          );
          return setExitCode(code);
        }
        const { system = resumed?.system, messages } = splitMessages(partial.messages);
        const all = [...(resumed?.messages ?? []), ...messages];
        const response = await showAnswer(connection, request(withSystem(all, system), model), answer, screen);
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
      });
    });
}

/** True for words that can only be a message: they have spaces, and no connection is called so. One word may be a misspelt name, which is never sent. */
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

/** The ids of the built-in list, to notice a misspelt model. A server of one's own has none. */
async function modelIds({ provider, settings }: Target): Promise<string[]> {
  return (await provider.catalogue?.(settings))?.models.flatMap(({ id, aliases = [] }) => [id, ...aliases]) ?? [];
}

function splitMessages(messages: readonly Message[]): { system?: string; messages: Message[] } {
  const system = messages.find(({ role }) => role === "system")?.content;
  const others = messages.filter(({ role }) => role !== "system");
  return { ...(typeof system === "string" ? { system } : {}), messages: others };
}

/** The system message and the files that the command line names, for the first message of a conversation. */
function beginning(messages: readonly Message[]): Pick<Parameters<typeof converse>[0], "system" | "attachments"> {
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
