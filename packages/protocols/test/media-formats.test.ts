import { expect, test } from "vitest";
import { formatOf, refusedFormat } from "../src/families/media-formats.ts";
import { isHeartbeat } from "../src/shared/stream-events.ts";

test.each([
  ["audio/mpeg", "mp3"],
  ["audio/x-wav", "wav"],
  ["audio/vnd.wave", "wav"],
  ["audio/mp4", "m4a"],
  ["audio/ogg; codecs=opus", "ogg"],
  ["IMAGE/JPG", "jpeg"],
])("the format of %s is %s", (type, format) => {
  expect(formatOf(type)).toBe(format);
});

test.each([
  ["openai", "image", "image/svg+xml"],
  ["openai", "audio", "audio/ogg"],
  ["anthropic", "image", "image/heic"],
  ["gemini", "image", "image/gif"],
] as const)("%s refuses an %s of type %s, and the error says what it accepts", (vendor, type, mediaType) => {
  const refused = refusedFormat({ type, data: "AA==", mediaType }, vendor);
  expect(refused?.message).toContain(`not as ${formatOf(mediaType)}`);
  expect(refused?.hint).toContain("Convert");
});

test("formats that a vendor accepts pass, and so do those of vendors of which nothing is known", () => {
  for (const mediaType of ["image/png", "image/jpg", "image/webp"])
    for (const vendor of ["openai", "anthropic", "gemini", undefined] as const)
      expect(refusedFormat({ type: "image", data: "AA==", mediaType }, vendor)).toBeUndefined();
  expect(refusedFormat({ type: "image", url: "https://example.com/a" }, "openai")).toBeUndefined();
  expect(refusedFormat({ type: "image", url: "data:image/bmp;base64,AA==" }, "openai")).toBeDefined();
  expect(refusedFormat({ type: "audio", data: "AA==", mediaType: "audio/ogg" }, undefined, ["flac"])).toBeDefined();
});

test("null, numbers, quoted words and events of that name keep a stream alive, and a JSON object is content", () => {
  for (const event of ["ping", "heartbeat", "keep-alive"])
    for (const data of ["2026-11-30T09:00:00Z", "17", "busy"]) expect(isHeartbeat({ event, data })).toBe(true);
  expect(isHeartbeat({ event: "heartbeat", data: '{"choices":[]}' })).toBe(false);
  for (const data of [
    "null",
    "4",
    "1700000000.5",
    "true",
    '"ping"',
    '""',
    "ping",
    "[PING]",
    "[KEEPALIVE]",
    "[heartbeat]",
    "",
    " ",
    ".",
    "...",
    ": x",
  ])
    expect(isHeartbeat({ event: undefined, data })).toBe(true);
  for (const data of ["{}", '{"type":"ping"}', "nulls", "4 a", '"text"']) expect(isHeartbeat({ event: undefined, data })).toBe(false);
});
