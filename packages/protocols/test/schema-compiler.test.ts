import type { Protocol } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { chatCompletions } from "../src/chat-completions/index.ts";
import { generateContent } from "../src/generate-content/index.ts";
import { messages } from "../src/messages/index.ts";
import { responses } from "../src/responses/index.ts";
import * as compiler from "../src/schema/compiler.ts";
import { callOf } from "./chat-drive.ts";

const PROTOCOLS: readonly Protocol[] = [
  chatCompletions({}),
  responses(),
  messages(),
  generateContent({ resource: () => "/models/m", serverToolsFlag: "send" }),
];
// Messages and generateContent compile a root that is a reference, and pass plain objects through.
const tools = [
  { name: "look", parameters: { $ref: "#/$defs/place", $defs: { place: { type: "object", properties: { city: { type: "string" } } } } } },
];

describe.each(PROTOCOLS.map((protocol) => ({ id: protocol.id, protocol })))("$id", ({ id, protocol }) => {
  const route = { protocol, base: new URL("https://api.acme.test/v1"), capabilities: {} };

  it("loads the schema compiler as a module of its own", async () => {
    expect(await protocol.loadSchemaCompiler?.()).toBe(compiler);
  });

  it("refuses a schema where the compiler was not loaded, and says what a wrapping protocol must pass on", () => {
    const { schemaCompiler, ...call } = callOf({ tools }, { route });
    expect(() => protocol.render(call)).toThrow(
      expect.objectContaining({
        code: "configuration",
        message: `${id}: the call has schemas, but no schema compiler was loaded for it`,
        hint: "A protocol that wraps another one must pass its loadSchemaCompiler on: { ...inner, render }",
      }),
    );
    expect(schemaCompiler).toBe(compiler);
  });

  it("renders a call without schemas without the compiler", () => {
    const { schemaCompiler, ...call } = callOf({}, { route });
    expect(protocol.render(call).request.body).toBeDefined();
  });
});
