// An Express server that streams to a page. Run: GROQ_API_KEY=… node express.ts. page.ts reads the answer.
import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";
import { sendResponse } from "@lumiverse/toolkit/node";
import express from "express";

const groq = connect("groq");
const app = express();
app.post("/chat", express.json(), async (request, response) => {
  await sendResponse(response, toResponse(groq.stream({ model: "openai/gpt-oss-20b", messages: request.body })));
});
app.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => console.log("listening"));
