// An object that is shown while it grows.
import "@lumiverse/openai";
import { connect } from "@lumiverse/core";
import { streamObject } from "@lumiverse/toolkit/object-stream";
import * as z from "zod";

const schema = z.object({ boats: z.int(), harbour: z.string() });
const messages = [{ role: "user" as const, content: "How many boats lie in Vik?" }];
const stream = streamObject(connect("openai"), { model: "gpt-5.4", messages }, { schema });
for await (const event of stream) {
  if (event.type === "partial") console.log(JSON.stringify(event.value));
}
const { boats, harbour } = await stream.output();
console.log(`${boats} boats in ${harbour}`);
