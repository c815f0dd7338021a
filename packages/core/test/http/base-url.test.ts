import { describe, expect, it } from "vitest";
import { endpoint, normalizeBaseURL } from "../../src/provider.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { refuse, serve } from "../support/server.ts";

const OWN = "https://api.sample.example/openai/v1";

/** What people paste, the provider's own base if it has one, and the base URL that is meant. */
const PASTED: [string, string | undefined, string][] = [
  ["http://localhost:1234", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1//", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234//v1", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/v1", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/chat/completions", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/chat/completions/", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/v1/chat/completions", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/chat/completions", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/completions", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/models", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/models/m-1", undefined, "http://localhost:1234/v1"],
  // Azure prints this address for models of other vendors.
  ["https://mine.azure.example/models/chat/completions?api-version=2", undefined, "https://mine.azure.example/models?api-version=2"],
  ["http://localhost:1234/v1/responses", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1/messages/count_tokens", undefined, "http://localhost:1234/v1"],
  ["http://localhost:1234/v1#top", undefined, "http://localhost:1234/v1"],
  ["localhost:1234", undefined, "http://localhost:1234/v1"],
  ["127.0.0.1:8080/v1", undefined, "http://127.0.0.1:8080/v1"],
  ["[::1]:8080", undefined, "http://[::1]:8080/v1"],
  ["192.168.1.20:11434", undefined, "http://192.168.1.20:11434/v1"],
  ["ollama:11434", undefined, "http://ollama:11434/v1"],
  ["gpu-box.local:5000/v1", undefined, "http://gpu-box.local:5000/v1"],
  ["llm.example.org", undefined, "https://llm.example.org/v1"],
  ["llm.example.org/v1/chat/completions", undefined, "https://llm.example.org/v1"],
  [' "https://llm.example.org/v1" \n', undefined, "https://llm.example.org/v1"],
  ["<https://llm.example.org/v1>", undefined, "https://llm.example.org/v1"],
  ["https:/llm.example.org/v1", undefined, "https://llm.example.org/v1"],
  ["https//llm.example.org/v1", undefined, "https://llm.example.org/v1"],
  ["HTTPS://LLM.Example.org/v1", undefined, "https://llm.example.org/v1"],
  ["https://llm.example.org/api/v3/chat/completions?api-version=2", undefined, "https://llm.example.org/api/v3?api-version=2"],
  ["https://host.example/v1beta/models/m-1:generateContent", undefined, "https://host.example/v1beta"],
  ["https://llm.example.org/proxy/openai/v1", undefined, "https://llm.example.org/proxy/openai/v1"],
  ["https://api.sample.example", OWN, "https://api.sample.example/openai/v1"],
  ["https://api.sample.example/openai", OWN, "https://api.sample.example/openai/v1"],
  ["https://api.sample.example/openai/v1/chat/completions", OWN, "https://api.sample.example/openai/v1"],
  ["https://eu.sample.example/", OWN, "https://eu.sample.example/openai/v1"],
  ["https://proxy.example/v1", OWN, "https://proxy.example/v1"],
  ["https://proxy.example", "https://api.bare.example", "https://proxy.example/"],
];

describe("a pasted base URL:", () => {
  for (const [pasted, own, means] of PASTED)
    it(`${JSON.stringify(pasted)}${own === undefined ? "" : ` for ${own}`} is ${means}`, () => {
      expect(normalizeBaseURL(pasted, own).href).toBe(means);
      // Normalising again changes nothing.
      expect(normalizeBaseURL(means, own).href).toBe(means);
    });

  for (const [pasted, says] of [
    ["ftp://host.example", "the scheme ftp:"],
    ["file:///etc/passwd", "the scheme file:"],
    ["javascript://x", "the scheme javascript:"],
    ["https://me:pw@host.example/v1", "contains a user name or password"],
    ["http://", "is not a URL"],
    ["not a url at all", "is not a URL"],
    ["", "is not a URL"],
  ] as const)
    it(`${JSON.stringify(pasted)} is refused: ${says}`, async () => {
      const error = await errorOf(() => connectTo(pasted));
      expect(error).toMatchObject({ code: "configuration", field: "baseURL" });
      expect(error.message).toContain(says);
    });
});

describe("an endpoint", () => {
  it("is appended to the base's path, and both queries are kept", () => {
    expect(endpoint(new URL("https://h.example/v1/?api-version=2"), "/talk?alt=sse").href).toBe(
      "https://h.example/v1/talk?api-version=2&alt=sse",
    );
    expect(endpoint(new URL("https://h.example"), "/talk").href).toBe("https://h.example/talk");
  });
  it("does not change the base", () => {
    const base = new URL("https://h.example/v1");
    endpoint(base, "/talk?x=1");
    expect(base.href).toBe("https://h.example/v1");
  });
  it("that does not exist is an error whose hint names the version path that most servers expect", async () => {
    await using server = await serve((response) => refuse(response, 404));
    expect((await errorOf(connectTo(`${server.origin}/api`).generate(HI))).hint).toBe(
      `The base URL has no version in its path; most servers expect ${server.origin}/api/v1`,
    );
    expect((await errorOf(connectTo(server.url).generate(HI))).hint).toBeUndefined();
  });
});

describe("plain http", () => {
  const HERE = [
    "localhost",
    "127.0.0.1",
    "127.1.2.3",
    "[::1]",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.1",
    "192.168.0.1",
    "169.254.1.1",
    "100.64.0.1",
  ];
  const LOCAL = ["[fd00::1]", "[fe80::1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "ollama", "gpu.local", "llm.internal"];
  const PUBLIC = [
    "api.example",
    "8.8.8.8",
    "172.32.0.1",
    "172.15.0.1",
    "192.169.0.1",
    "100.128.0.1",
    "127.0.0.1.example",
    "localhost.example",
  ];
  const PUBLIC_SIX = ["[2001:db8::1]", "[::ffff:8.8.8.8]", "[2606:4700::1111]", "[fec0::1]", "10.example", "[64:ff9b::a00:1]"];
  for (const host of [...HERE, ...LOCAL]) it(`is for ${host}`, () => expect(normalizeBaseURL(`http://${host}/v1`).protocol).toBe("http:"));
  for (const host of [...PUBLIC, ...PUBLIC_SIX])
    it(`is refused for ${host}, unless allowHttp is set`, async () => {
      const error = await errorOf(() => connectTo(`http://${host}/v1`));
      expect(error).toMatchObject({ code: "configuration", field: "baseURL", hint: expect.stringContaining("allowHttp") });
      expect(connectTo(`http://${host}/v1`, { allowHttp: true }).baseURL).toContain("http:");
      // A host without a scheme is reached by https.
      expect(normalizeBaseURL(`${host}/v1`).protocol).toBe("https:");
    });
});
