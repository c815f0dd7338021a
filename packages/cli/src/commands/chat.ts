import { type ChatRequest, LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { answer } from "../answer.ts";
import { open } from "../connection-options.ts";
import { converse } from "../converse.ts";
import { installed } from "../installed.ts";
import { defaultModel } from "../models.ts";
import { type RequestOptions, requestFrom, withRequestOptions } from "../request-options.ts";
import type { Run } from "../run.ts";
import { promptFrom } from "../stdin.ts";

export function chatCommand({ screen, end }: Run): Command {
  const command = new Command("chat")
    .description("send a message and stream the answer; without a prompt, on a terminal, a conversation")
    .argument("<provider>", "its id, or the name of its package")
    .argument("[prompt...]", "what to say; what is piped in is put after it");
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
  lumiverse chat deepseek                                   (a conversation)

The answer goes to stdout; reasoning, notes and figures go to stderr.`,
    )
    .action(async (id: string, words: string[], options: RequestOptions) => {
      const { provider } = await installed(id);
      const connection = await open(provider, options);
      const prompt = await promptFrom(words, screen.signal, (line) => screen.line(line, "yellow"));
      const started = await requestFrom(options, prompt);
      const talk = prompt === "" && process.stdin.isTTY && !screen.json;
      if (prompt === "" && !talk && !started.messages.some((message) => message.role === "user"))
        throw new LumiverseError({
          code: "configuration",
          field: "prompt",
          message: "there is nothing to say: no prompt is given and nothing is piped in",
          hint: `lumiverse chat ${id} "your question"`,
        });
      const request: ChatRequest = { model: options.model ?? (await defaultModel(connection, screen.signal)), ...started };
      if (talk) return end(await converse(connection, request, options, screen));
      const response = await answer(connection, request, { stream: options.stream, signal: screen.signal }, screen);
      if (screen.json) await screen.out(`${JSON.stringify(response)}\n`);
    });
}
