/** Conversations with every kind of part, and the shapes of transcripts that applications store. All of them are valid requests of this library. */
import type { Message, Part, ToolCallPart, ToolResultPart } from "@lumiverse/core/provider";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";
const BYTES = "Qm9hdHMgbGVhdmUgYXQgbmluZS4=";

const user = (...content: Extract<Message, { role: "user" }>["content"][]): Message => ({ role: "user", content: content[0] ?? "" });
const hello: Message = user("Hello");
const more: Message = user("And now?");
const ask = (...parts: Part[]): Message[] => [{ role: "user", content: [...parts, { type: "text", text: "What is this?" }] }];
const assistant = (...content: Part[]): Message => ({ role: "assistant", content });
const call = (id: string, text = '{"city":"Oslo"}', name = "weather"): ToolCallPart => ({
  type: "tool-call",
  id,
  name,
  arguments: text,
  ...(text.startsWith("{") ? { input: { city: "Oslo" } } : {}),
});
const result = (id: string, content: ToolResultPart["content"] = "12 degrees", isError?: boolean): Message => ({
  role: "tool",
  content: [{ type: "tool-result", id, name: "weather", content, ...(isError === undefined ? {} : { isError }) }],
});
const foreign = { provider: "elsewhere", protocol: "chat-completions", model: "model-x", scope: "vendor" };

export const conversations: Readonly<Record<string, readonly Message[]>> = {
  "one user turn": [hello],
  "a list of text parts": [
    {
      role: "user",
      content: [
        { type: "text", text: "Hello" },
        { type: "text", text: "you" },
      ],
    },
  ],
  "system first": [{ role: "system", content: "Be brief." }, hello],
  "system as parts": [
    {
      role: "system",
      content: [
        { type: "text", text: "Be" },
        { type: "text", text: "brief." },
      ],
    },
    hello,
  ],
  "two systems": [{ role: "system", content: "Be brief." }, { role: "system", content: "Be kind." }, hello],
  "system between turns": [hello, { role: "assistant", content: "Hi" }, { role: "system", content: "Be kind." }, more],
  "system last": [hello, { role: "assistant", content: "Hi" }, { role: "system", content: "Be kind." }],
  "system alone": [{ role: "system", content: "Write a poem." }],
  "empty system": [{ role: "system", content: "" }, hello],
  "system as an empty list": [{ role: "system", content: [] }, hello],
  "no messages": [],
  "empty user text": [user("")],
  "blank user text": [user(" \n")],
  "empty content list": [user([])],
  "empty text part": [user([{ type: "text", text: "" }])],
  "empty turn in the middle": [hello, { role: "assistant", content: "" }, more],
  "empty assistant list": [hello, { role: "assistant", content: [] }, more],
  "two user turns": [hello, more],
  "assistant first": [{ role: "assistant", content: "Welcome" }, hello],
  "assistant last": [hello, { role: "assistant", content: "Once upon " }],
  "two assistant turns": [hello, { role: "assistant", content: "Hi" }, { role: "assistant", content: "there" }, more],
  "png by data": ask({ type: "image", data: PNG, mediaType: "image/png" }),
  "png without a text": [user([{ type: "image", data: PNG, mediaType: "image/png" }])],
  "image with detail": ask({ type: "image", data: PNG, mediaType: "image/png", detail: "low" }),
  "image by URL": ask({ type: "image", url: "https://example.com/a.png" }),
  "image by URL with a type": ask({ type: "image", url: "https://example.com/a.jpg", mediaType: "image/jpeg", detail: "high" }),
  "svg image": ask({ type: "image", data: BYTES, mediaType: "image/svg+xml" }),
  "heic image": ask({ type: "image", data: BYTES, mediaType: "image/heic" }),
  "wav audio": ask({ type: "audio", data: BYTES, mediaType: "audio/wav" }),
  "mp3 audio": ask({ type: "audio", data: BYTES, mediaType: "audio/mpeg" }),
  "ogg audio": ask({ type: "audio", data: BYTES, mediaType: "audio/ogg" }),
  "m4a audio": ask({ type: "audio", data: BYTES, mediaType: "audio/mp4" }),
  "audio by URL": ask({ type: "audio", url: "https://example.com/a.mp3", mediaType: "audio/mpeg" }),
  pdf: ask({ type: "file", data: BYTES, mediaType: "application/pdf", filename: "a.pdf" }),
  "pdf without a name": ask({ type: "file", data: BYTES, mediaType: "application/pdf" }),
  "pdf by URL": ask({ type: "file", url: "https://example.com/a.pdf", mediaType: "application/pdf" }),
  "file by URL without a type": ask({ type: "file", url: "https://example.com/a" }),
  "text file": ask({ type: "file", data: BYTES, mediaType: "text/plain", filename: "a.txt" }),
  "csv file": ask({ type: "file", data: BYTES, mediaType: "text/csv", filename: "a.csv" }),
  "word file": ask({
    type: "file",
    data: BYTES,
    mediaType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    filename: "a.docx",
  }),
  "mp4 video": ask({ type: "file", data: BYTES, mediaType: "video/mp4" }),
  "video by URL": ask({ type: "file", url: "https://example.com/a.mp4", mediaType: "video/mp4" }),
  "image of the assistant": [hello, assistant({ type: "image", data: PNG, mediaType: "image/png" }), more],
  "audio of the assistant": [hello, assistant({ type: "audio", data: BYTES, mediaType: "audio/wav", transcript: "Hi" }), more],
  "tool call and result": [hello, assistant(call("call_1")), result("call_1")],
  "tool call with a text": [hello, assistant({ type: "text", text: "I look." }, call("call_1")), result("call_1"), more],
  "two calls at once": [hello, assistant(call("call_1"), call("call_2")), result("call_1"), result("call_2")],
  "a call without a result": [hello, assistant(call("call_1")), more],
  "one result of two": [hello, assistant(call("call_1"), call("call_2")), result("call_1"), more],
  "a result without a call": [hello, result("call_9"), more],
  "one id in two turns": [hello, assistant(call("call_0")), result("call_0"), assistant(call("call_0")), result("call_0")],
  "ids that vendors refuse": [hello, assistant(call("fc:1|a b/ü")), result("fc:1|a b/ü")],
  "an id of 90 characters": [hello, assistant(call("x".repeat(90))), result("x".repeat(90))],
  "an empty id": [hello, assistant(call("")), result("")],
  "arguments that do not parse": [hello, assistant(call("call_1", '{"city":')), result("call_1", "bad arguments", true)],
  "empty arguments": [hello, assistant(call("call_1", "")), result("call_1")],
  "arguments that are a list": [hello, assistant(call("call_1", "[1]")), result("call_1")],
  "a tool name that vendors refuse": [hello, assistant(call("call_1", "{}", "fs.read/all files")), result("call_1")],
  "empty result": [hello, assistant(call("call_1")), result("call_1", "")],
  "result as an empty list": [hello, assistant(call("call_1")), result("call_1", [])],
  "result as parts": [
    hello,
    assistant(call("call_1")),
    result("call_1", [
      { type: "text", text: "12" },
      { type: "text", text: "degrees" },
    ]),
  ],
  "result with an image": [hello, assistant(call("call_1")), result("call_1", [{ type: "image", data: PNG, mediaType: "image/png" }])],
  "result with a file": [hello, assistant(call("call_1")), result("call_1", [{ type: "file", data: BYTES, mediaType: "application/pdf" }])],
  "result with an audio": [hello, assistant(call("call_1")), result("call_1", [{ type: "audio", data: BYTES, mediaType: "audio/wav" }])],
  "failed result": [hello, assistant(call("call_1")), result("call_1", "no such city", true)],
  "failed result with an image": [
    hello,
    assistant(call("call_1")),
    result(
      "call_1",
      [
        { type: "text", text: "no" },
        { type: "image", data: PNG, mediaType: "image/png" },
      ],
      true,
    ),
  ],
  "failed empty result": [hello, assistant(call("call_1")), result("call_1", "", true)],
  "reasoning without a payload": [hello, assistant({ type: "reasoning", text: "Hm." }, { type: "text", text: "Hi" }), more],
  "reasoning before a call": [hello, assistant({ type: "reasoning", text: "Hm." }, call("call_1")), result("call_1")],
  "reasoning alone": [hello, assistant({ type: "reasoning", text: "Hm." }), more],
  "empty reasoning": [hello, assistant({ type: "reasoning", text: "" }, { type: "text", text: "Hi" }), more],
  "foreign payloads": [
    hello,
    assistant(
      { type: "reasoning", text: "Hm.", replay: { origin: foreign, data: { signature: "abc" } } },
      { type: "opaque", kind: "server_tool", replay: { origin: foreign, data: { type: "server_tool" } } },
      { type: "text", text: "Hi", replay: { origin: foreign, data: { id: "msg_1" } } },
    ),
    more,
  ],
  "sources in a turn": [
    hello,
    assistant({ type: "text", text: "Hi [1]" }, { type: "source", url: "https://example.com", title: "Page", number: 1, start: 3, end: 6 }),
    more,
  ],
  "a source alone": [hello, assistant({ type: "source", url: "https://example.com" }), more],
};
