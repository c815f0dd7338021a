import { type ChatRequest, LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { showAnswer } from "../answer/answer.ts";
import { converse } from "../answer/conversation.ts";
import { defaultModel } from "../connection/default-model.ts";
import { installed } from "../connection/installed.ts";
import { open } from "../connection/options.ts";
import { type RequestOptions, requestFrom, withRequestOptions } from "../request/options.ts";
import { promptFrom } from "../terminal/stdin.ts";
import type { CommandContext } from "./context.ts";

export function chatCommand({ screen, setExitCode }: CommandContext): Command {
  const command = new Command("chat")
    .description("send a message and stream the answer; on a terminal, without a prompt, start a conversation")
    .argument("<provider>", "the provider's id or the name of its package")
    .argument("[prompt...]", "the message; text on standard input is added after it");
  return withRequestOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse chat groq "Name three rivers."
  lumiverse chat custom --base-url http://localhost:8080/v1/chat/completions "hello"
  cat report.txt | lumiverse chat anthropic "Summarise:" > summary.txt
  lumiverse chat google --image cat.png "What is on it?"
  lumiverse chat openai --schema city.json --json "The largest city of Peru" | jq .output
  lumiverse chat openrouter --setting routing.sort=price --reasoning high "Why is the sky blue?"
  lumiverse chat deepseek                                   (starts a conversation)

The answer goes to stdout. Reasoning, notes and figures go to stderr.`,
    )
    .action(async (id: string, words: string[], options: RequestOptions) => {
      const { provider } = await installed(id);
      const connection = await open(provider, options);
      const prompt = await promptFrom(words, screen.signal, (line) => screen.line(line, "yellow"));
      const partial = await requestFrom(options, prompt);
      const isConversation = prompt === "" && process.stdin.isTTY && !screen.json;
      if (prompt === "" && !isConversation && !partial.messages.some((message) => message.role === "user"))
        throw new LumiverseError({
          code: "configuration",
          field: "prompt",
          message: "the prompt is missing: the command line has no words and standard input has no text",
          hint: `Try: lumiverse chat ${id} "your question"`,
        });
      const request: ChatRequest = { model: options.model ?? (await defaultModel(connection, screen.signal)), ...partial };
      if (isConversation) return setExitCode(await converse(connection, request, options, screen));
      const response = await showAnswer(connection, request, { stream: options.stream, signal: screen.signal }, screen);
      if (screen.json) await screen.outJson(response);
    });
}
