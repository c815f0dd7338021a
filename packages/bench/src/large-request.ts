/** A request of the size that agents reach: many messages, tools with deep schemas, and images. Plain data that every protocol can render. */
import type { ChatRequest } from "@lumiverse/core";

const MESSAGES = 5_000;
const TOOLS = 200;
const IMAGES = 20;
/** Characters of base64 in each image. */
const IMAGE = 1_000_000;

/** @param share of the messages, the tools and the images: 1 is the whole request */
export function largeRequest(share: number): ChatRequest {
  const images = Math.round(IMAGES * share);
  const messages = Math.round(MESSAGES * share);
  return {
    model: "bench",
    messages: Array.from({ length: messages }, (_, i) => {
      // The last turn is the user's.
      if ((messages - i) % 2 === 0)
        return { role: "assistant", content: `Answer ${i}: the ferry leaves the quay when the tide has turned.` } as const;
      const text = `Question ${i}: when does the ferry leave, and why does it wait for "high water"?`;
      if (i / 2 >= images) return { role: "user", content: text } as const;
      return {
        role: "user",
        content: [
          { type: "text", text },
          { type: "image", mediaType: "image/png", data: base64(i) },
        ],
      } as const;
    }),
    tools: Array.from({ length: Math.round(TOOLS * share) }, (_, i) => ({
      name: `tool_${i}`,
      description: `Does the work of department ${i}.`,
      parameters: schema(4, i),
      strict: true,
    })),
  };
}

/** The signature of a PNG file, then other characters. */
function base64(i: number): string {
  return `iVBORw0KGgo${"AbCd0123".repeat(IMAGE / 8)}`.slice(0, IMAGE - 4) + String(i).padStart(4, "A");
}

/** An object with three members on each level: 121 subschemas at a depth of four. */
function schema(depth: number, i: number): Record<string, unknown> {
  if (depth === 0) return { type: "string", description: `Leaf of tool ${i}`, minLength: 1 };
  const names = ["harbour", "crew", "cargo"];
  return {
    type: "object",
    description: `Level ${depth} of tool ${i}`,
    properties: Object.fromEntries(names.map((name) => [name, schema(depth - 1, i)])),
    required: names,
  };
}
