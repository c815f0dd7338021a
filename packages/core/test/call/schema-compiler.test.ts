import { describe, expect, it } from "vitest";
import { type ChatRequest, LumiverseError } from "../../src/index.ts";
import type { CheckedCall, Protocol } from "../../src/provider.ts";
import { collect, connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProtocol, sampleProviderWith } from "../support/sample-provider.ts";
import { refuse, serve, stream } from "../support/server.ts";

const WITH_TOOL: ChatRequest = { ...HI, tools: [{ name: "look", parameters: { type: "object", properties: {} } }] };
const WITH_OUTPUT: ChatRequest = { ...HI, output: { name: "point", schema: { type: "object", properties: { x: { type: "number" } } } } };
const COMPILER = { compiles: "schemas" };

/** The sample protocol with a compiler, which records the calls that it renders. */
function protocolWithCompiler(load: () => Promise<unknown> = async () => COMPILER): {
  protocol: Protocol;
  loads: () => number;
  rendered: CheckedCall[];
} {
  let count = 0;
  const rendered: CheckedCall[] = [];
  const protocol: Protocol = {
    ...sampleProtocol,
    loadSchemaCompiler() {
      count++;
      return load();
    },
    render(call) {
      rendered.push(call);
      return sampleProtocol.render(call);
    },
  };
  return { protocol, loads: () => count, rendered };
}

describe.concurrent("a protocol with a schema compiler", () => {
  it("does not load it for a request without schemas", async () => {
    await using server = await serve((response) => stream(response));
    const { protocol, loads, rendered } = protocolWithCompiler();
    const connection = connectTo(server.url, {}, sampleProviderWith({ protocol }));
    await connection.generate({ ...HI, tools: [{ hosted: { type: "web_search" } }] });
    await connection.explain(HI);
    expect(loads()).toBe(0);
    expect(rendered.map((call) => call.schemaCompiler)).toEqual([undefined, undefined]);
  });

  for (const [what, request] of Object.entries({ functions: WITH_TOOL, "an output schema": WITH_OUTPUT }))
    it(`gets it for a request with ${what}, whether it is sent or explained`, async () => {
      await using server = await serve((response) => stream(response));
      const { protocol, rendered } = protocolWithCompiler();
      const capabilities = { tools: true, "output.schema": true } as const;
      const connection = connectTo(server.url, {}, sampleProviderWith({ protocol, capabilities }));
      await connection.explain(request);
      await collect(connection.stream(request));
      expect(rendered.map((call) => call.schemaCompiler)).toEqual([COMPILER, COMPILER]);
    });

  it("does not load it where the messages contain the schema", async () => {
    const { protocol, loads } = protocolWithCompiler();
    const capabilities = { "output.schema": false, "output.json": false, "toolChoice.named": false } as const;
    const { body } = await connectTo("http://127.0.0.1:1", {}, sampleProviderWith({ protocol, capabilities })).explain(WITH_OUTPUT);
    expect(body).toMatchObject({ output: "prompt" });
    expect(loads()).toBe(0);
  });

  it("gets it again for the call that a recovery has changed", async () => {
    await using server = await serve((response, _seen, count) => (count === 1 ? refuse(response, 400) : stream(response)));
    const { protocol, rendered } = protocolWithCompiler();
    const provider = sampleProviderWith(
      { protocol, capabilities: { tools: true } },
      { recover: ({ call }) => ({ call, note: { kind: "recovered", field: "tools", message: "The call was repeated." } }) },
    );
    await connectTo(server.url, {}, provider).generate(WITH_TOOL);
    expect(rendered.map((call) => call.schemaCompiler)).toEqual([COMPILER, COMPILER]);
  });

  it("is loaded again after its file could not be fetched", async () => {
    await using server = await serve((response) => stream(response));
    let loads = 0;
    const { protocol } = protocolWithCompiler(async () => {
      loads++;
      if (loads === 1) throw new TypeError("Failed to fetch dynamically imported module");
      return COMPILER;
    });
    const connection = connectTo(server.url, {}, sampleProviderWith({ protocol, capabilities: { tools: true } }));
    expect((await connection.generate(WITH_TOOL)).text).toBe("hello");
    expect(server.seen).toHaveLength(1);
  });

  it("fails with an error that says what could not be loaded, and sends nothing", async () => {
    await using server = await serve((response) => stream(response));
    const { protocol } = protocolWithCompiler(async () => {
      throw new TypeError("Failed to fetch dynamically imported module");
    });
    const connection = connectTo(server.url, { retry: false }, sampleProviderWith({ protocol, capabilities: { tools: true } }));
    const error = await errorOf(connection.generate(WITH_TOOL));
    expect(error).toBeInstanceOf(LumiverseError);
    expect(error).toMatchObject({
      code: "network",
      retryable: true,
      message: "sample: the schema compiler of talk could not be loaded: Failed to fetch dynamically imported module",
    });
    expect(server.seen).toHaveLength(0);
  });
});
