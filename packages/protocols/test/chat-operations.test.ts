import { type Account, isObject, type OperationResponse } from "@lumiverse/core/provider";
import { expect, test } from "vitest";
import { chatRoute, type Dialect } from "../src/chat-completions/index.ts";
import { type AccountEndpoint, accountCheck, accountOperation } from "../src/chat-completions/operations.ts";
import { readModelList } from "../src/shared/model-list.ts";
import { render, routeCallOf, thrown } from "./chat-drive.ts";

const base = new URL("https://api.acme.test/v1");
const context = { base, settings: {}, hasKey: true };
const page: AccountEndpoint = {
  url: ({ base: at }) => new URL(`${at.href}/purse`),
  read: (json): Account | undefined =>
    isObject(json) && typeof json["coins"] === "number"
      ? { balance: { amount: json["coins"], currency: "USD" }, summary: `${json["coins"]} coins` }
      : undefined,
};

function answer(status: number, json: unknown): OperationResponse {
  return { status, json, text: JSON.stringify(json), headers: new Headers(), url: `${base.href}/purse` };
}

test("an account page shows the balance and proves the key, with and without money", async () => {
  expect((await accountOperation({}, page).parse({ ...answer(200, { coins: 3 }), context }))?.value.balance?.amount).toBe(3);
  expect((await accountCheck({}, page).parse({ ...answer(200, { coins: 3 }), context }))?.value).toMatchObject({
    key: "valid",
    usable: true,
  });
  expect((await accountCheck({}, page).parse({ ...answer(200, { coins: 0 }), context }))?.value).toMatchObject({
    key: "valid",
    usable: false,
  });
});

test("a refusal with status 200 is read by the status in its body", async () => {
  const refusal = answer(200, { code: 401, msg: "who are you?", success: false });
  expect((await accountCheck({}, page).parse({ ...refusal, context }))?.value).toMatchObject({ key: "invalid", usable: false });
  expect(thrown(() => accountOperation({}, page).parse({ ...refusal, context }))).toMatchObject({ code: "authentication", status: 401 });
});

test("a page that does not exist proves nothing about the key", async () => {
  expect((await accountCheck({}, page).parse({ ...answer(404, { error: "nothing here" }), context }))?.value.key).toBe("unknown");
});

test("the settings choose one of several hosts, and the caller's base URL replaces them", () => {
  const route = chatRoute<{ far?: boolean }>({
    base: ({ settings }) => (settings.far === true ? "https://far.test/v1" : base.href),
    dialect: {},
    capabilities: {},
  });
  expect(route(routeCallOf({}, { settings: { far: true } })).base.href).toBe("https://far.test/v1");
  expect(route(routeCallOf({}, { settings: { far: true }, baseURL: new URL("https://proxy.test/v1") })).base.href).toBe(
    "https://proxy.test/v1",
  );
});

const sent = (dialect: Dialect, part: object): unknown => {
  const messages = [{ role: "user" as const, content: [part as never] }]; // each part below is a whole Part
  return render(dialect, { messages }).body["messages"];
};

test("web URLs are refused for a host that does not fetch, but its own schemes are sent", () => {
  const image = (url: string): object => ({ type: "image", url });
  expect(() => sent({ images: "data" }, image("https://acme.test/a.png"))).toThrow(/does not fetch images/);
  expect(() => sent({ images: "data" }, { type: "file", url: "https://acme.test/a.mp4", mediaType: "video/mp4" })).toThrow(
    /does not fetch videos/,
  );
  expect(JSON.stringify(sent({ images: "data" }, image("ms://file-1")))).toContain("ms://file-1");
});

test("bytes of a document are refused for a host that accepts URLs only", () => {
  const dialect: Dialect = { files: "file_url", urlOnly: ["file"] };
  expect(() => sent(dialect, { type: "file", data: "QUJD", mediaType: "application/pdf" })).toThrow(/by URL only/);
  expect(JSON.stringify(sent(dialect, { type: "file", url: "https://acme.test/a.pdf" }))).toContain("https://acme.test/a.pdf");
});

test("a tool name gets a valid first character, and a hosted tool keeps its name in the history", () => {
  const search = { hosted: { type: "builtin_function", function: { name: "$search" } } };
  const { body } = render(
    { toolName: { min: 3, first: /[A-Za-z_]/ } },
    {
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: [{ type: "tool-call", id: "a", name: "$search", arguments: "{}" }] },
        { role: "tool", content: [{ type: "tool-result", id: "a", content: "{}" }] },
      ],
      tools: [search, { name: "9" }],
    },
  );
  expect(JSON.stringify(body["messages"])).toContain('"name":"$search"');
  expect(JSON.stringify(body["tools"])).toContain('"name":"t_9"');
});

test.each<[string, unknown, string[]]>([
  ["ids alone", ["m-a", "m-b"], ["m-a", "m-b"]],
  ["ids alone below data", { data: ["m-a", null, ""] }, ["m-a"]],
  ["entries with a model and a name, as Ollama's own list", { models: [{ name: "m-a:latest", model: "m-a:latest" }, {}] }, ["m-a:latest"]],
])("a list of %s is a list of models", (_, json, ids) => {
  expect(readModelList(answer(200, json))?.map(({ id }) => id)).toEqual(ids);
});
