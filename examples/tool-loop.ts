// A tool loop with validated arguments.
import "@lumiverse/openai";
import { connect } from "@lumiverse/core";
import { runTools, tool } from "@lumiverse/toolkit/tools";
import * as z from "zod";

const parameters = z.object({ harbour: z.string() });
const times: Record<string, string> = { Vik: "High at five.", Nes: "High at seven." };
const tools = [
  tool({ name: "tide", description: "When the tide is high.", parameters, execute: ({ harbour }) => times[harbour] ?? "Unknown harbour." }),
  tool({ name: "wind", description: "How the wind blows.", parameters, execute: () => "West, light." }),
];
const messages = [{ role: "user" as const, content: "When shall we sail from Vik?" }];
const run = runTools(connect("openai"), { model: "gpt-5.4", messages, reasoning: "medium" }, { tools });
for await (const event of run) {
  if (event.type === "tool-end") console.log(event.name, event.result.content);
}
console.log((await run.response()).text);
