/** What a vendor signed or encrypted, in conversations with a list of deployments: each deployment receives its own bytes back, and nothing of another one. */
import { createHmac } from "node:crypto";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import "@lumiverse/anthropic";
import "@lumiverse/google";
import "@lumiverse/openai";
import type { ProfileChanges } from "@lumiverse/connections";
import type { ChatResponse, Message, Part } from "@lumiverse/core";
import "@lumiverse/openrouter";
import { readStream } from "@lumiverse/toolkit/browser";
import OpenAI from "openai";
import { afterEach, describe, expect, test } from "vitest";
import { PayloadTags } from "../src/routing/payload-tags.ts";
import { openGatewayStore } from "../src/store/store.ts";
import { listen, openTestGateway, type TestGateway } from "./gateways.ts";
import { type Deployments, type Json, openDeployments, readAnswer, type SignedProtocol, SPOKEN } from "./signing-vendor.ts";

const open: TestGateway[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const PROTOCOLS: readonly SignedProtocol[] = ["messages", "responses", "generate-content", "chat-completions"];
const NAMES = ["east", "west"];
const TAG = /^lvOrigin[0-9a-f]{32}/;
const keyOf = (name: string): string => `sk-0123456789abcdef-of-${name}`;

/** A setting of each vendor. */
const SETTINGS: Readonly<Record<SignedProtocol, Json>> = {
  messages: { userId: "u1" },
  responses: { safetyIdentifier: "u1" },
  "generate-content": { includeThoughts: true },
  "chat-completions": { userId: "u1" },
};

/** A gateway with a list of two deployments of one vendor, and a conversation with it. */
class Conversation {
  readonly protocol: SignedProtocol;
  readonly gateway: TestGateway;
  readonly deployments: Deployments;
  readonly stream: boolean;
  history: unknown[] = [];
  /** The notes of the last answer. */
  notes = "";
  /** The payloads of each answer, as the client received them. */
  readonly received: string[][] = [];

  constructor(protocol: SignedProtocol, gateway: TestGateway, deployments: Deployments, stream: boolean) {
    this.protocol = protocol;
    this.gateway = gateway;
    this.deployments = deployments;
    this.stream = stream;
  }

  say(text: string): void {
    this.history.push(SPOKEN[this.protocol].user(text));
  }

  /** Sends the conversation. Returns the deployment that answered. */
  async ask(model = "house", history: readonly unknown[] = this.history): Promise<string | undefined> {
    const { body, path, next, payloads } = SPOKEN[this.protocol];
    const response = await this.gateway.ask(path(model, this.stream), body(model, history, this.stream));
    expect(response.status, await response.clone().text()).toBe(200);
    this.notes = response.headers.get("x-lumiverse-notes") ?? "";
    const answer: Json = await readAnswer(this.protocol, response, this.stream);
    this.received.push(payloads(answer));
    this.history = [...history, ...next(answer)];
    return this.deployments.answered.at(-1);
  }
}

async function converse(protocol: SignedProtocol, stream: boolean, vendor: SignedProtocol = protocol): Promise<Conversation> {
  const { provider, model } = SPOKEN[vendor];
  const deployments = openDeployments(vendor, [...NAMES, "new"]);
  const gateway = await openTestGateway();
  open.push(gateway);
  for (const name of NAMES) await gateway.profiles.create({ name, provider, model, key: keyOf(name) });
  await gateway.gateway.aliases.save({ name: "house", targets: NAMES.map((name) => ({ target: name })), policy: { cooldownMs: 0 } });
  for (const name of ["east", "west"]) await gateway.gateway.aliases.save({ name: `only-${name}`, targets: [{ target: name }] });
  for (const name of ["", model]) gateway.vendor.answers.set(name, deployments.answer);
  return new Conversation(protocol, gateway, deployments, stream);
}

describe.each(PROTOCOLS)("a conversation of %s", (protocol) => {
  describe.each([true, false])("(stream: %s)", (stream) => {
    test("stays with the deployment that began the turn, and each deployment receives its own payloads alone", async () => {
      const talk = await converse(protocol, stream);
      const { deployments } = talk;
      talk.say("Look.");
      expect([await talk.ask(), await talk.ask()]).toEqual(["east", "east"]);
      const ofEast = deployments.received;
      expect(ofEast.length).toBeGreaterThan(0);
      deployments.down.add("east");
      expect(await talk.ask()).toBe("west");
      expect(talk.notes).toContain("issued by another deployment");
      expect(deployments.received).toEqual([]);
      deployments.down.clear();
      expect(await talk.ask()).toBe("west");
      const ofWest = deployments.received;
      expect(ofWest.length).toBeGreaterThan(0);
      talk.say("Look again.");
      // The order of the list counts again.
      expect(await talk.ask()).toBe("east");
      expect(deployments.received).toEqual(expect.arrayContaining(ofEast));
      expect(await talk.ask()).toBe("east");
      deployments.down.add("east");
      talk.say("And again.");
      expect(await talk.ask()).toBe("west");
      expect(deployments.received).toEqual(expect.arrayContaining(ofWest));
      expect(deployments.refusals).toEqual([]);
      const tags = new Set(talk.received.flat().map((payload) => TAG.exec(payload)?.[0]));
      expect(tags).not.toContain(undefined);
      expect(tags.size).toBe(2);
      expect([...tags].join()).not.toMatch(/east|west|claude|gpt|gemini/i);
    });

    test("with a single target receives the vendor's own bytes, and tags of before are taken off", async () => {
      const talk = await converse(protocol, stream);
      talk.say("Look.");
      await talk.ask();
      await talk.ask("only-east");
      expect(talk.deployments.received.length).toBeGreaterThan(0);
      expect(talk.received[0]?.every((payload) => TAG.test(payload))).toBe(true);
      expect(talk.received[1]?.some((payload) => TAG.test(payload))).toBe(false);
      expect(talk.deployments.refusals).toEqual([]);
    });

    test("leaves out what the list issued where a single target of another deployment is named", async () => {
      const talk = await converse(protocol, stream);
      talk.say("Look.");
      await talk.ask();
      await talk.ask("only-west");
      expect(talk.deployments.received).toEqual([]);
      expect(talk.deployments.refusals).toEqual([]);
      expect(talk.notes).toContain("issued by another deployment");
    });
  });

  test.each([
    ["that was cut", (payload: string) => payload.slice(0, 30)],
    ["that was changed into something else", (payload: string) => payload.replace(/^(lvOrigin).{8}/, "$1!tampered")],
    ["of which the mark alone is left", () => "lvOrigin"],
  ])("does not show a vendor a tag %s", async (_, damage) => {
    const talk = await converse(protocol, false);
    talk.say("Look.");
    await talk.ask();
    const payloads = talk.received.flat();
    const damaged = payloads.reduce((text, payload) => text.replaceAll(payload, damage(payload)), JSON.stringify(talk.history));
    await talk.ask("house", JSON.parse(damaged) as unknown[]);
    expect(talk.deployments.received).toEqual([]);
    expect(talk.deployments.refusals).toEqual([]);
    expect(talk.notes).toContain("issued by another deployment");
  });

  test("sends what another gateway tagged as it is, because its vendor can be that gateway", async () => {
    const talk = await converse(protocol, false);
    talk.say("Look.");
    await talk.ask();
    const foreign = `lvOrigin${"0123456789abcdef".repeat(2)}`;
    const history = JSON.stringify(talk.history).replaceAll(/lvOrigin[0-9a-f]{32}/g, foreign);
    await talk.ask("only-east", JSON.parse(history) as unknown[]);
    expect(talk.deployments.refusals).toEqual([expect.stringContaining(`east: ${foreign}`)]);
  });

  test("without tags goes on as it came", async () => {
    const talk = await converse(protocol, false);
    talk.say("Look.");
    await talk.ask("only-east");
    await talk.ask();
    expect(talk.deployments.received).toEqual(talk.received[0]);
    expect(talk.deployments.refusals).toEqual([]);
  });

  test("goes on with a new key, which cannot read what the old one issued", async () => {
    const talk = await converse(protocol, false);
    const { profiles, gateway } = talk.gateway;
    talk.say("Look.");
    await talk.ask();
    await profiles.update((await profiles.find("east"))?.id ?? "", { key: keyOf("new") });
    gateway.refresh();
    expect(await talk.ask()).toBe("new");
    expect(talk.deployments.refusals).toEqual([]);
  });

  test("keeps what a deployment issued while its connection is edited and its key stays", async () => {
    const talk = await converse(protocol, false);
    const { profiles, gateway } = talk.gateway;
    const id = (await profiles.find("east"))?.id ?? "";
    const edits: readonly ProfileChanges[] = [
      { settings: SETTINGS[protocol] },
      { reasoning: { effort: "low" } },
      { key: keyOf("east") },
      { model: SPOKEN[protocol].model },
    ];
    talk.say("Look.");
    await talk.ask();
    for (const edit of edits) {
      const before = await profiles.find(id);
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect((await profiles.update(id, edit)).secrets).toEqual(before?.secrets);
      gateway.refresh();
      expect(await talk.ask(), JSON.stringify(edit)).toBe("east");
      expect(talk.deployments.received.length).toBeGreaterThan(0);
      expect(talk.notes).not.toContain("another deployment");
    }
    expect(talk.deployments.refusals).toEqual([]);
  });

  test("goes on when its deployment is removed or switched off", async () => {
    const talk = await converse(protocol, false);
    const { profiles, gateway } = talk.gateway;
    const id = (await profiles.find("east"))?.id ?? "";
    talk.say("Look.");
    await talk.ask();
    await profiles.update(id, { isEnabled: false });
    gateway.refresh();
    expect(await talk.ask()).toBe("west");
    await profiles.remove(id);
    gateway.refresh();
    expect(await talk.ask()).toBe("west");
    expect(talk.deployments.received.length).toBeGreaterThan(0);
    expect(talk.deployments.refusals).toEqual([]);
    // The name still stands for two targets, of which one may come back.
    expect(talk.received.flat().every((payload) => TAG.test(payload))).toBe(true);
  });
});

test("a target that rests is not asked, and the turn goes on without what it issued", async () => {
  const talk = await converse("responses", false);
  const policy = { failuresBeforeCooldown: 1, cooldownMs: 600_000 };
  await talk.gateway.gateway.aliases.save({ name: "house", targets: NAMES.map((name) => ({ target: name })), policy });
  talk.say("Look.");
  expect(await talk.ask()).toBe("east");
  talk.deployments.down.add("east");
  expect(await talk.ask()).toBe("west");
  talk.deployments.down.clear();
  talk.say("Look again.");
  expect([await talk.ask(), await talk.ask()]).toEqual(["west", "west"]);
  expect(talk.gateway.vendor.asked).toHaveLength(5);
  expect(talk.deployments.received).toHaveLength(2);
  expect(talk.deployments.refusals).toEqual([]);
});

test.each(PROTOCOLS)("a payload of %s that came in pieces loses the tag of each of them", async (protocol) => {
  const talk = await converse(protocol, false);
  talk.say("Look.");
  await talk.ask();
  const inPieces = JSON.stringify(talk.history).replaceAll(/(lvOrigin[0-9a-f]{32})(\w{4})/g, "$1$2$1");
  await talk.ask("house", JSON.parse(inPieces) as unknown[]);
  expect(talk.deployments.received.length).toBeGreaterThan(0);
  expect(talk.deployments.refusals).toEqual([]);
});

test("a signature with its tag is base64, which Gemini's clients decode and encode again", async () => {
  const talk = await converse("generate-content", false);
  talk.say("Look.");
  await talk.ask();
  const [signature = ""] = talk.received[0] ?? [];
  expect(signature).toMatch(TAG);
  expect(Buffer.from(signature, "base64").toString("base64")).toBe(signature);
});

test.each([true, false])(
  "a client of Chat Completions returns to each deployment of Gemini what it signed (stream: %s)",
  async (stream) => {
    const talk = await converse("chat-completions", stream, "generate-content");
    talk.say("Look.");
    expect([await talk.ask(), await talk.ask()]).toEqual(["east", "east"]);
    expect(talk.deployments.received).toHaveLength(1);
    talk.deployments.down.add("east");
    expect([await talk.ask(), await talk.ask()]).toEqual(["west", "west"]);
    expect(talk.deployments.received).toHaveLength(1);
    expect(talk.received.flat().every((payload) => TAG.test(payload))).toBe(true);
    expect(talk.deployments.refusals).toEqual([]);
  },
);

describe.each([true, false])("a conversation in the neutral form (stream: %s)", (stream) => {
  test("returns to each deployment what it issued, and to no other", async () => {
    const { gateway, deployments } = await converse("responses", stream);
    const messages: Message[] = [{ role: "user", content: "Look." }];
    let notes = "";
    const ask = async (model = "house"): Promise<string | undefined> => {
      const tools = [{ name: "look", parameters: { type: "object", properties: {} } }];
      const response = await gateway.ask("/lumiverse/v1/chat", { model, stream, request: { messages, tools } });
      expect(response.status).toBe(200);
      const answer = stream ? await readStream(response).response() : ((await response.json()) as { response: ChatResponse }).response;
      notes = answer.notes.map((note) => note.message).join("\n");
      const { message } = answer;
      const [call] = (message.content as Part[]).filter((part) => part.type === "tool-call");
      messages.push(message, { role: "tool", content: [{ type: "tool-result", id: call?.id ?? "", content: "nothing" }] });
      return deployments.answered.at(-1);
    };
    expect([await ask(), await ask()]).toEqual(["east", "east"]);
    expect(deployments.received).toHaveLength(1);
    deployments.down.add("east");
    expect(await ask()).toBe("west");
    expect(deployments.received).toEqual([]);
    deployments.down.clear();
    expect(await ask()).toBe("west");
    expect(deployments.received).toHaveLength(1);
    messages.push({ role: "user", content: "Look again." });
    expect(await ask()).toBe("east");
    expect(deployments.received).toHaveLength(2);
    expect(await ask("only-west")).toBe("west");
    expect(deployments.received).toHaveLength(2);
    expect(notes).toContain("issued by another deployment");
    expect(deployments.refusals).toEqual([]);
  });
});

describe("an official client that reads a stream sends back what it received", () => {
  // The bodies and the answers are those of the protocols, whose types the clients name differently.
  const turns = async (protocol: SignedProtocol, ask: (url: string, history: unknown[]) => Promise<Json>): Promise<void> => {
    const { gateway, deployments } = await converse(protocol, true);
    const server = await listen(gateway.gateway);
    const history: unknown[] = [SPOKEN[protocol].user("Look.")];
    const next = async (): Promise<void> => void history.push(...SPOKEN[protocol].next(await ask(server.url, history)));
    await next();
    await next();
    expect(deployments.received.length).toBeGreaterThan(0);
    deployments.down.add("east");
    await next();
    await next();
    expect(deployments.received.length).toBeGreaterThan(0);
    expect(deployments.answered).toEqual(["east", "east", "west", "west"]);
    expect(deployments.refusals).toEqual([]);
    await server.close({ graceMs: 0 });
  };
  const apiKey = "any";

  test("@anthropic-ai/sdk", () =>
    turns("messages", async (baseURL, history) => {
      const { stream: _, ...body } = SPOKEN.messages.body("house", history, true);
      const client = new Anthropic({ apiKey, baseURL });
      return (await client.messages.stream(body as unknown as Anthropic.MessageStreamParams).finalMessage()) as unknown as Json;
    }));

  test("openai", () =>
    turns("responses", async (url, history) => {
      const { stream: _, ...body } = SPOKEN.responses.body("house", history, true);
      const client = new OpenAI({ apiKey, baseURL: `${url}/v1` });
      return (await client.responses.stream(body as Parameters<typeof client.responses.stream>[0]).finalResponse()) as unknown as Json;
    }));

  test("@google/genai", () =>
    turns("generate-content", async (baseUrl, history) => {
      const { contents, ...config } = SPOKEN["generate-content"].body("house", history, true);
      const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
      const request = { model: "house", contents, config } as Parameters<typeof client.models.generateContentStream>[0];
      const chunks: Json[] = [];
      for await (const chunk of await client.models.generateContentStream(request)) chunks.push(chunk as unknown as Json);
      return SPOKEN["generate-content"].read(chunks);
    }));
});

test.each([undefined, null, 7, "", "vendor#", "vendor#lvOrigin", `vendor#lvOrigin${"0".repeat(32)}`])(
  "a payload in the neutral form whose origin has the scope %j is left out",
  async (scope) => {
    const { gateway, deployments } = await converse("responses", false);
    const origin = { provider: "openai", protocol: "responses", model: "gpt-5.4", scope };
    const item = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "encrypted" };
    const replay = { origin, data: { response: "resp_1", at: 0, item } };
    const messages = [
      { role: "user", content: "Look." },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "", replay },
          { type: "text", text: "Yes?" },
        ],
      },
      { role: "user", content: "Look." },
    ];
    const response = await gateway.ask("/lumiverse/v1/chat", { model: "house", stream: false, request: { messages } });
    expect(response.status).toBe(200);
    expect(deployments.refusals).toEqual([]);
    expect(deployments.received).toEqual([]);
  },
);

test("a gateway before a gateway returns to it what it tagged", async () => {
  const talk = await converse("messages", false);
  const inner = talk.gateway;
  const outer = await openTestGateway({
    wrapFetch: () => (input, init) =>
      inner.gateway.fetch(new Request(String(input).replace("http://localhost:1", "http://localhost:4141"), init)),
  });
  open.push(outer);
  for (const name of ["one", "two"])
    await outer.profiles.create({ name, provider: "anthropic", model: "house", baseURL: "http://localhost:1", key: keyOf(name) });
  await outer.gateway.aliases.save({ name: "list", targets: [{ target: "one" }, { target: "two" }] });
  for (const model of ["one", "list"]) {
    const chained = new Conversation("messages", outer, talk.deployments, false);
    chained.say("Look.");
    expect(await chained.ask(model)).toBe("east");
    expect(await chained.ask(model)).toBe("east");
    expect(talk.deployments.received.length).toBeGreaterThan(0);
    expect(talk.deployments.refusals).toEqual([]);
  }
});

test("the tag of a connection with a key of the environment is that of earlier versions, and one without a key has another", async () => {
  const gateway = await openTestGateway();
  open.push(gateway);
  const store = await openGatewayStore(gateway.store);
  const tags = await PayloadTags.open(store);
  const [profile] = await gateway.profiles.list();
  if (profile === undefined) throw new Error("the gateway has connections");
  const { id, provider, origin, resolvedURL } = profile;
  const tagOf = (auth: "environment" | "none"): Promise<string> => tags.tagOf({ ...profile, auth, secrets: {} as typeof profile.secrets }); // nothing is stored
  const { value: secret } = await store.read.selectFrom("gateway_secrets").select("value").executeTakeFirstOrThrow();
  const digest = createHmac("sha256", secret).update(JSON.stringify(["deployment", id, provider, resolvedURL ?? origin, null]));
  expect(await tagOf("environment")).toContain(digest.digest("hex").slice(0, 16));
  expect(await tagOf("none")).not.toBe(await tagOf("environment"));
});
