import { describe, expect, it } from "vitest";
import { image } from "../../src/index.ts";
import { base64 } from "../../src/provider.ts";

describe("media", () => {
  it("of any size is encoded as base64", () => {
    const bytes = Uint8Array.from({ length: 200_001 }, (_, i) => i % 251);
    expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  });
  it("image() accepts bytes, whose type it detects, or a URL", () => {
    expect(image(Uint8Array.of(0x89, 0x50, 0x4e, 0x47))).toEqual({ type: "image", data: "iVBORw==", mediaType: "image/png" });
    expect(image(Uint8Array.of(0xff, 0xd8, 0xff))).toMatchObject({ mediaType: "image/jpeg" });
    expect(image(Uint8Array.of(1), "image/avif")).toMatchObject({ mediaType: "image/avif" });
    expect(image(Buffer.from("RIFF....WEBPVP8 "))).toMatchObject({ mediaType: "image/webp" });
    expect(image("https://example.org/a.png")).toEqual({ type: "image", url: "https://example.org/a.png" });
  });
  it.each(["", "hello", "RIFF....WAVEfmt ", "%PDF-1.7"])("image() refuses bytes of no image format that it knows: %j", (text) => {
    expect(() => image(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: "invalid-request", hint: expect.stringMatching(/media type/) }),
    );
  });
});
