import { type Account, isObject, type OperationResponse } from "@lumiverse/core";
import { expect, test } from "vitest";
import { type AccountPage, accountCheck, accountPage, chatRoute, type Dialect } from "../src/chat-completions/index.ts";
import { callOf, render } from "./chat-drive.ts";

const base = new URL("https://api.acme.test/v1");
const context = { base, settings: {}, keyed: true };
const page: AccountPage = {
  url: ({ base: at }) => new URL(`${at.href}/purse`),
  read: (json): Account | undefined =>
    isObject(json) && typeof json["coins"] === "number"
      ? { balance: { amount: json["coins"], currency: "USD" }, summary: `${json["coins"]} coins` }
      : undefined,
};

function answer(status: number, json: unknown): OperationResponse {
  return { status, json, text: JSON.stringify(json), headers: new Headers(), url: `${base.href}/purse` };
}

test("an account page shows the balance and proves the key, with and without money on it", async () => {
  expect((await accountPage({}, page).parse(answer(200, { coins: 3 }), context))?.value.balance?.amount).toBe(3);
  expect((await accountCheck({}, page).parse(answer(200, { coins: 3 }), context))?.value).toMatchObject({ key: "valid", usable: true });
  expect((await accountCheck({}, page).parse(answer(200, { coins: 0 }), context))?.value).toMatchObject({ key: "valid", usable: false });
});

test("a refusal inside a 200 is the refusal that it says it is", async () => {
  const refusal = answer(200, { code: 401, msg: "who are you?", success: false });
  expect((await accountCheck({}, page).parse(refusal, context))?.value).toMatchObject({ key: "invalid", usable: false });
  await expect(accountPage({}, page).parse(refusal, context)).rejects.toThrow(
    expect.objectContaining({ code: "authentication", status: 401 }),
  );
});

test("a page that has moved says nothing of the key", async () => {
  expect((await accountCheck({}, page).parse(answer(404, { error: "nothing here" }), context))?.value.key).toBe("unknown");
});

test("a host with several origins is chosen by the settings, and a base URL of the caller's goes before them", () => {
  const route = chatRoute<{ far?: boolean }>({
    base: ({ settings }) => (settings.far === true ? "https://far.test/v1" : base.href),
    dialect: {},
    takes: {},
  });
  expect(route({ ...callOf(), settings: { far: true } }).base.href).toBe("https://far.test/v1");
  expect(route({ ...callOf(), settings: { far: true }, baseURL: new URL("https://proxy.test/v1") }).base.href).toBe(
    "https://proxy.test/v1",
  );
});

const sent = (dialect: Dialect, part: object): unknown => {
  const messages = [{ role: "user" as const, content: [part as never] }]; // each part below is a whole Part
  return render(dialect, { messages }).body["messages"];
};

test("what the web holds is not sent to a host that fetches nothing; its own schemes are", () => {
  const image = (url: string): object => ({ type: "image", url });
  expect(() => sent({ images: "data" }, image("https://acme.test/a.png"))).toThrow(/fetches no images/);
  expect(() => sent({ images: "data" }, { type: "file", url: "https://acme.test/a.mp4", mediaType: "video/mp4" })).toThrow(/no videos/);
  expect(JSON.stringify(sent({ images: "data" }, image("ms://file-1")))).toContain("ms://file-1");
});

test("a host that takes documents by URL alone is not sent their bytes", () => {
  const dialect: Dialect = { files: "file_url", linked: ["file"] };
  expect(() => sent(dialect, { type: "file", data: "QUJD", mediaType: "application/pdf" })).toThrow(/by URL alone/);
  expect(JSON.stringify(sent(dialect, { type: "file", url: "https://acme.test/a.pdf" }))).toContain("https://acme.test/a.pdf");
});

test("a tool's first character is what the host wants, and a tool of the host's own keeps its name in the history", () => {
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
