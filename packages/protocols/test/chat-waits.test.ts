import { describe, expect, it } from "vitest";
import { chatCompletions, type Dialect } from "../src/chat-completions/index.ts";
import { callOf, render } from "./chat-drive.ts";

const busy: Dialect = { errors: [{ status: 503, text: "cold", is: "overloaded", waitMs: 9000 }] };
const refused = async (headers: Record<string, string>, text: string): Promise<number | undefined> =>
  (
    await chatCompletions(busy).parseError(
      { status: 503, headers: new Headers(headers), text, json: { error: { message: text } } },
      callOf(),
    )
  ).retryAfterMs;

describe("a wait that the dialect knows", () => {
  it("is taken where the answer names none", async () => {
    expect(await refused({}, "the model is cold")).toBe(9000);
  });

  it("gives way to the header, which is read outside", async () => {
    for (const name of ["retry-after", "retry-after-ms"]) expect(await refused({ [name]: "2" }, "the model is cold")).toBeUndefined();
  });

  it("belongs to its own row", async () => {
    expect(await refused({}, "something else")).toBeUndefined();
  });
});

describe("a prefill that is to be continued", () => {
  it("is a plain last turn and two fields of the body", () => {
    const { body } = render({ prefill: "continue" }, { prefill: "Once" });
    expect(body["messages"]).toEqual([expect.objectContaining({ role: "user" }), { role: "assistant", content: "Once" }]);
    expect(body).toMatchObject({ add_generation_prompt: false, continue_final_message: true });
  });

  it("leaves other calls as they are", () => {
    expect(Object.keys(render({ prefill: "continue" }, {}).body)).toEqual(["model", "messages"]);
  });
});

it("Python's None is no name of a field", async () => {
  const json = { error: { message: "no", type: "None", param: "None", code: "400" } };
  const error = await chatCompletions({}).parseError({ status: 400, headers: new Headers(), text: "", json }, callOf());
  expect(error.field).toBeUndefined();
});
