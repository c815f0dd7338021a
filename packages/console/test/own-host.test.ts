/** Checks in the built files that the page sends requests only to its own gateway. The tests in Chromium also watch its requests. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "./build-page.ts";

const FOLDER = fileURLToPath(new URL("../dist/page/", import.meta.url));

function read(ending: string): { path: string; text: string }[] {
  return readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ path, text: readFileSync(`${FOLDER}/${path}`, "utf8") }));
}

/** All ways in which a script can reach a server. A method with the name `fetch` is not one of them. */
const NETWORK =
  /(?<![.\w$#])fetch\((?![^()]*\)\{)|\bXMLHttpRequest\b|\bnew (?:WebSocket|EventSource|WebTransport|RTCPeerConnection|Worker|SharedWorker)\b|\bsendBeacon\b|\bserviceWorker\b|\bimportScripts\b/g;

/** The requests in the built files. The names of variables differ from build to build. */
const KNOWN = [
  // `send` of api/client.ts: a path of its own gateway.
  /^fetch\(`\/admin\/v1\/\$\{[\w$]+\}`,/,
  // An upload of the chat component to its vendor's service, whose client is left out of the build.
  /^fetch\([\w$]+,\{method:`PUT`,body:[\w$]+,headers:\{"Content-Type":[\w$]+\},mode:`cors/,
];

/** Addresses that scripts contain but never load from: names of formats, and pages that an error text names. */
const NAMES =
  /^https?:\/\/(?:www\.w3\.org|json-schema\.org|react\.dev|redux\.js\.org|redux-toolkit\.js\.org|mantine\.dev|github\.com|bit\.ly)\b/;

describe("the built page", { timeout: 300_000 }, () => {
  beforeAll(buildPage, 300_000);

  test("sends requests in one place, which takes paths of its own gateway", () => {
    const scripts = read(".js");
    expect(scripts.length).toBeGreaterThan(5);
    const found = scripts.flatMap(({ text }) => [...text.matchAll(NETWORK)].map(({ index }) => text.slice(index, index + 80)));
    expect(found.filter((code) => !KNOWN.some((known) => known.test(code)))).toEqual([]);
    expect(found).toHaveLength(KNOWN.length);
  });

  test("names no other host in a place from which something is loaded", () => {
    for (const { path, text } of read(".html"))
      for (const [, address] of text.matchAll(/(?:src|href|action|content)\s*=\s*"([^"]*:?\/\/[^"]*)"/g))
        expect.fail(`${path}: ${address}`);
    for (const { path, text } of read(".css"))
      for (const [, address] of text.matchAll(/(?:url\(|@import)\s*["']?([^"')\s;]+)/g)) expect(address, path).toMatch(/^\/assets\//);
    const strange = read(".js").flatMap(({ path, text }) =>
      [...text.matchAll(/https?:\/\/[\w.-]+/g)].filter(([address]) => !NAMES.test(address)).map(([address]) => `${path}: ${address}`),
    );
    expect(strange).toEqual([]);
  });
});
