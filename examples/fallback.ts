// Fallback over three providers: a local server first, then two vendors.
import "@lumiverse/anthropic";
import "@lumiverse/custom";
import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
import { fallback } from "@lumiverse/toolkit/fallback";

const connection = fallback([
  connect("custom", { baseURL: "http://127.0.0.1:11435/v1", retry: false }),
  { connection: connect("groq", { retry: false }), model: "openai/gpt-oss-20b" },
  { connection: connect("anthropic"), model: "claude-sonnet-4-5" },
]);
const { text, notes } = await connection.generate({ model: "local", messages: [{ role: "user", content: "Is the wheel turning?" }] });
console.log(text, notes[0]?.message);
