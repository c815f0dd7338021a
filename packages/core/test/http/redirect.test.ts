import { describe, expect, it } from "vitest";
import { connectTo, errorOf, HI, KEY } from "../support/calls.ts";
import { sampleProvider, sampleProviderWith } from "../support/sample-provider.ts";
import { serve, stream } from "../support/server.ts";

const keyHeaders = [
  ["authorization", sampleProvider],
  ["x-api-key", sampleProviderWith({}, { credential: { kind: "api-key", required: true, env: "SAMPLE_API_KEY", header: "x-api-key" } })],
] as const;

describe.each(keyHeaders)("a redirect with the key in %s", (header, provider) => {
  for (const status of [307, 308])
    it(`is followed within the origin with the body and the key (${status})`, async () => {
      await using server = await serve((response, seen) => {
        if (seen.path === "/v1/new") return stream(response);
        response.writeHead(status, { location: "/v1/new" });
        response.end();
      });
      expect((await connectTo(server.url, {}, provider).generate(HI)).text).toBe("hello");
      expect(server.seen[1]?.body).toBe(server.seen[0]?.body);
      expect(server.seen[1]?.headers[header]).toContain(KEY);
    });

  for (const status of [301, 302, 303, 307, 308])
    it(`is not followed to another origin, which never receives the key (${status})`, async () => {
      await using other = await serve((response) => stream(response));
      await using server = await serve((response) => {
        response.writeHead(status, { location: `${other.url}/talk` });
        response.end();
      });
      const error = await errorOf(connectTo(server.url, {}, provider).generate(HI));
      expect(error).toMatchObject({
        code: "network",
        retryable: false,
        status,
        hint: `If you trust that host, set baseURL to ${other.origin}`,
      });
      expect(error.message).toContain("was not followed");
      expect(other.seen).toHaveLength(0);
      expect(server.seen).toHaveLength(1);
    });
});

it("a redirect that would turn the POST into a GET is an error that says why", async () => {
  await using server = await serve((response) => {
    response.writeHead(302, { location: "/elsewhere" });
    response.end();
  });
  const error = await errorOf(connectTo(server.url).generate(HI));
  expect(error.message).toMatch(/redirects to \/elsewhere \(HTTP 302\), which would lose the request's body$/);
});

it("an address with the key's slash escaped shows no part of the key", async () => {
  const apiKey = "sk-part-one-7f3a/part-two-91bc";
  await using server = await serve((response) => {
    response.writeHead(302, { location: `/${"x".repeat(50)}${apiKey.replace("/", "\\/")}?a=b` });
    response.end();
  });
  const error = await errorOf(connectTo(server.url, { apiKey }).generate(HI));
  expect(error.message).toContain("redirects to");
  for (const part of ["part-one", "part-two"]) expect(error.message).not.toContain(part);
});

it("a circle of redirects ends with an error", async () => {
  await using server = await serve((response) => {
    response.writeHead(308, { location: "/v1/talk" });
    response.end();
  });
  expect((await errorOf(connectTo(server.url).generate(HI))).code).toBe("network");
  expect(server.seen.length).toBeLessThan(6);
});
