import { describe, expect, it } from "vitest";
import { failing, HI, KEY, to } from "./ask.ts";
import { serve, stream } from "./server.ts";
import { stranger, strangerWith } from "./stranger.ts";

const keyHeaders = [
  ["authorization", stranger],
  ["x-api-key", strangerWith({}, { credential: { kind: "api-key", required: true, env: "STRANGER_API_KEY", header: "x-api-key" } })],
] as const;

describe.each(keyHeaders)("a redirect with the key in %s", (header, provider) => {
  for (const status of [307, 308])
    it(`${status} within the origin is followed, with the body and the key`, async () => {
      await using server = await serve((response, seen) => {
        if (seen.path === "/v1/new") return stream(response);
        response.writeHead(status, { location: "/v1/new" });
        response.end();
      });
      expect((await to(server.url, {}, provider).generate(HI)).text).toBe("hello");
      expect(server.seen[1]?.body).toBe(server.seen[0]?.body);
      expect(server.seen[1]?.headers[header]).toContain(KEY);
    });

  for (const status of [301, 302, 303, 307, 308])
    it(`${status} to another origin is refused: the key never arrives there`, async () => {
      await using other = await serve((response) => stream(response));
      await using server = await serve((response) => {
        response.writeHead(status, { location: `${other.url}/talk` });
        response.end();
      });
      const error = await failing(to(server.url, {}, provider).generate(HI));
      expect(error).toMatchObject({ code: "network", retryable: false, status, hint: `If you trust it, set baseURL to ${other.origin}` });
      expect(error.message).toContain("was not carried on");
      expect(other.seen).toHaveLength(0);
      expect(server.seen).toHaveLength(1);
    });
});

it("a redirect that would turn the POST into a GET is refused, and says why", async () => {
  await using server = await serve((response) => {
    response.writeHead(302, { location: "/elsewhere" });
    response.end();
  });
  const error = await failing(to(server.url).generate(HI));
  expect(error.message).toMatch(/redirects to \/elsewhere \(HTTP 302\), which loses the request's body$/);
});

it("a redirect in a circle ends", async () => {
  await using server = await serve((response) => {
    response.writeHead(308, { location: "/v1/talk" });
    response.end();
  });
  expect((await failing(to(server.url).generate(HI))).code).toBe("network");
  expect(server.seen.length).toBeLessThan(6);
});
