import type { JsonObject, Message, Part } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { answer, call, message, readBody, readStream, reasoning, renderOf, stream } from "./responses-reading.ts";

const user: Message = { role: "user", content: "go" };
const results = (...ids: string[]): Message => ({
  role: "tool",
  content: ids.map((id) => ({ type: "tool-result", id, content: `result of ${id}` })),
});
const turn = (...items: JsonObject[]): Message => JSON.parse(JSON.stringify(readStream(stream(items)).message));
const edit = (given: Message, change: (parts: Part[]) => Part[]): Message =>
  ({ ...given, content: change([...(given.content as Part[])]) }) as Message;
const inputOf = (...messages: Message[]): JsonObject[] => renderOf({ messages: [user, ...messages] }).body["input"] as JsonObject[];
const output = (id: string): JsonObject => ({ type: "function_call_output", call_id: id, output: `result of ${id}` });

describe("a tool loop without storage", () => {
  test("three turns are sent back item by item as they came, also after a JSON round trip", () => {
    const one = [reasoning("rs_1"), call("1", "f", { n: 1 }), call("2", "f", { n: 2 })];
    const two = [reasoning("rs_2", "Now the rest."), message("One moment.", { id: "msg_2", phase: "commentary" }), call("3", "g", "{}")];
    const three = [reasoning("rs_3"), message("Done.", { id: "msg_3", phase: "final_answer" })];
    const input = inputOf(turn(...one), results("call_1", "call_2"), turn(...two), results("call_3"), turn(...three), user);
    expect(input).toEqual([
      { role: "user", content: "go" },
      ...one,
      output("call_1"),
      output("call_2"),
      ...two,
      output("call_3"),
      ...three,
      { role: "user", content: "go" },
    ]);
  });

  test("hosted runs, pictures and refusals keep their place", () => {
    const items = [
      reasoning("rs_1"),
      { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "q" } },
      reasoning("rs_2"),
      { type: "image_generation_call", id: "ig_1", status: "completed", result: "QUJD" },
      message("", {
        content: [
          { type: "output_text", text: "Half. ", annotations: [] },
          { type: "refusal", refusal: "No more." },
        ],
      }),
    ];
    expect(inputOf(turn(...items)).slice(1)).toEqual(items);
  });

  test("annotations are sent back with their text, although sources are separate parts", () => {
    const cited = message("", {
      content: [
        {
          type: "output_text",
          text: "Low tide.",
          annotations: [{ type: "url_citation", url: "https://t.test", title: "T", start_index: 0, end_index: 3 }],
        },
      ],
    });
    expect(inputOf(turn(cited)).slice(1)).toEqual([cited]);
  });

  test("reasoning with readable content is sent back without encrypted content", () => {
    const open = { type: "reasoning", id: "r-1", summary: [], content: [{ type: "reasoning_text", text: "Hm." }] };
    expect(inputOf(turn(open, call("1", "f", {})), results("call_1")).slice(1, 3)).toEqual([open, call("1", "f", {})]);
  });
});

describe("when a member of a run is missing", () => {
  const run = turn(reasoning("rs_1", "t"), call("1", "f", {}), call("2", "f", {}), message("ok"));
  const bare = (id: string): JsonObject => ({ type: "function_call", call_id: id, name: "f", arguments: "{}" });

  test("items whose reasoning is missing are sent without ids", () => {
    const input = inputOf(edit(run, (parts) => parts.slice(1)));
    expect(input.slice(1)).toEqual([bare("call_1"), bare("call_2"), { role: "assistant", content: "ok" }]);
  });

  test("reasoning whose next item was deleted is dropped with a note, and the other items are sent without ids", () => {
    const rendered = renderOf({ messages: [user, edit(run, (parts) => parts.filter((_, n) => n !== 1))] });
    expect((rendered.body["input"] as JsonObject[]).slice(1)).toEqual([bare("call_2"), { role: "assistant", content: "ok" }]);
    expect(rendered.notes).toMatchObject([{ kind: "dropped", field: "messages" }]);
  });

  test("reasoning at the end of a cut answer is not sent", () => {
    expect(inputOf(turn(reasoning("rs_1", "t"))).slice(1)).toEqual([]);
  });

  test("two reasoning items in a row stand or fall together", () => {
    const items = [reasoning("rs_1"), reasoning("rs_2"), message("x")];
    expect(inputOf(turn(...items)).slice(1)).toEqual(items);
    expect(inputOf(edit(turn(...items), (parts) => parts.slice(0, 2))).slice(1)).toEqual([]);
  });

  test("a message that is sent without its id keeps its phase", () => {
    const input = inputOf(edit(turn(reasoning("rs_1"), message("x", { phase: "commentary" })), (parts) => parts.slice(1)));
    expect(input[1]).toEqual({ role: "assistant", content: "x", phase: "commentary" });
  });

  test("a hosted run without its reasoning is left out, with a note", () => {
    const rendered = renderOf({
      messages: [user, edit(turn(reasoning("rs_1"), { type: "web_search_call", id: "ws_1" }, message("x")), (parts) => parts.slice(1))],
    });
    expect((rendered.body["input"] as JsonObject[]).slice(1)).toEqual([{ role: "assistant", content: "x" }]);
    expect(rendered.notes[0]?.message).toContain("web_search_call");
  });

  test("an item with nothing but an id is sent only when the vendor stores answers", () => {
    const bareReasoning = { type: "reasoning", id: "rs_1", summary: [] };
    const given = turn(bareReasoning, message("x"));
    expect(inputOf(given)).toHaveLength(2);
    expect(renderOf({ messages: [user, given], parameters: { store: true } }).body["input"]).toHaveLength(3);
  });

  test("a run that recover marks as refused is sent as text only", () => {
    const { body } = renderOf({ messages: [user, run, results("call_1", "call_2")], degradations: ["replay"] });
    expect(JSON.stringify(body["input"])).not.toMatch(/rs_1|fc_1|msg_a1|sealed/);
    expect(body["input"]).toHaveLength(6);
  });

  test("parts of two answers in one message are not taken for one run", () => {
    const first = readBody(answer([reasoning("rs_1")], { id: "resp_1" })).message;
    const second = readBody(answer([message("a", { id: "msg_2" })], { id: "resp_2" })).message;
    const joined = { role: "assistant", content: [...(first.content as Part[]), ...(second.content as Part[])] } as Message;
    expect(inputOf(joined).slice(1)).toEqual([message("a", { id: "msg_2" })]);
  });
});

describe("the parallel wrapper", () => {
  const wrapper = call("9", "parallel", {
    tool_uses: [
      { recipient_name: "functions.f", parameters: { n: 1 } },
      { recipient_name: "functions.g", parameters: {} },
    ],
  });
  const given = turn(reasoning("rs_1"), wrapper);

  test("is sent back as one call with one output", () => {
    const input = inputOf(given, results("call_9_0", "call_9_1"));
    expect(input.slice(1, 3)).toEqual([reasoning("rs_1"), wrapper]);
    expect(input).toHaveLength(4);
    expect(input[3]).toMatchObject({ type: "function_call_output", call_id: "call_9" });
    expect(JSON.parse(input[3]?.["output"] as string)).toEqual([
      { recipient_name: "functions.f", output: "result of call_9_0" },
      { recipient_name: "functions.g", output: "result of call_9_1" },
    ]);
  });

  test("an incomplete one is sent as separate calls, without the reasoning that led to it", () => {
    const input = inputOf(
      edit(given, (parts) => parts.slice(0, 2)),
      results("call_9_0"),
    );
    expect(input.slice(1)).toEqual([{ type: "function_call", call_id: "call_9_0", name: "f", arguments: '{"n":1}' }, output("call_9_0")]);
  });

  test("pictures in its results stay pictures", () => {
    const picture: Message = {
      role: "tool",
      content: [
        { type: "tool-result", id: "call_9_0", content: [{ type: "image", data: "QQ==", mediaType: "image/png" }] },
        { type: "tool-result", id: "call_9_1", content: "b" },
      ],
    };
    expect(inputOf(given, picture)[3]?.["output"]).toMatchObject([
      { text: "functions.f:" },
      { type: "input_image" },
      { text: "functions.g:" },
      { text: "b" },
    ]);
  });
});
