/** A sample of `npm run spec` on all providers, and proofs that it finds planted faults. */
import { readFixtures } from "@lumiverse/conformance/internals";
import type { JsonObject, Provider } from "@lumiverse/core/provider";
import { beforeAll, describe, expect, it } from "vitest";
import { groq } from "../../../providers/groq/src/provider.ts";
import { installedIn } from "../src/providers/provider-packages.ts";
import { bodyChecker } from "../src/spec/body-checker.ts";
import { exceptions, unneeded, violationsIn } from "../src/spec/exceptions.ts";
import { runSpec, type SpecResult } from "../src/spec/run-spec.ts";
import { specTable, violationList } from "../src/spec/spec-table.ts";
import { fieldsNowInTypes, specFor } from "../src/spec/specs.ts";
import { limits } from "../src/spec/vendor-limits.ts";
import { type VendorSchema, type VendorType, vendorSchemas } from "../src/spec/vendor-schemas.ts";

const seed = Number(process.env["SPEC_SEED"] ?? Date.now() % 1_000_000);
let schemas: Record<VendorType, VendorSchema>;
beforeAll(async () => {
  schemas = await vendorSchemas();
}, 120_000);

/** Groq with a body that is changed after it was rendered. */
function broken(change: (body: JsonObject) => void): Provider {
  return {
    ...(groq as Provider),
    route(call) {
      const route = (groq as Provider).route(call);
      const render: typeof route.protocol.render = (checked) => {
        const rendered = route.protocol.render(checked);
        const body = structuredClone(rendered.request.body) as JsonObject;
        change(body);
        return { ...rendered, request: { ...rendered.request, body } };
      };
      return { ...route, protocol: { ...route.protocol, render } };
    },
  };
}

async function problemsOf(provider: Provider): Promise<string[]> {
  const result = await runSpec(provider, { schemas, fixtures: [], foreign: [], seed: 1, runs: 300 });
  return result.findings.map(({ path, problem }) => `${path} ${problem}`);
}

describe("npm run spec", () => {
  it(`finds no violation in a sample of every provider (SPEC_SEED=${seed})`, async () => {
    const results: SpecResult[] = [];
    for (const { provider, fixtures } of await installedIn("providers", []))
      results.push(await runSpec(provider, { schemas, fixtures: readFixtures(fixtures), foreign: [], seed, runs: 300 }));
    expect(violationList(results)).toBe("");
    expect(results.map(({ rendered }) => rendered > 100)).toEqual(results.map(() => true));
  }, 120_000);

  it("finds a field of the wrong type", async () => {
    const provider = broken((body) => {
      if (body["temperature"] !== undefined) body["temperature"] = String(body["temperature"]);
    });
    expect(await problemsOf(provider)).toContain("/temperature must be number or null, is string");
  });

  it("finds a field that the vendor does not know", async () => {
    expect(await problemsOf(broken((body) => void (body["maxTokens"] = 5)))).toContain("/maxTokens is not a known field");
  });

  it("finds an empty list of tools", async () => {
    expect(await problemsOf(broken((body) => void (body["tools"] ??= [])))).toContain("/tools is an empty list");
  });

  it("finds a field that is missing in a message", async () => {
    const provider = broken((body) => {
      for (const message of body["messages"] as JsonObject[]) if (message["role"] === "tool") delete message["tool_call_id"];
    });
    expect(await problemsOf(provider)).toContain("/messages/[]/tool_call_id is missing");
  });

  it("finds a provider that throws something else than a LumiverseError", async () => {
    const provider: Provider = {
      ...(groq as Provider),
      route(call) {
        if (call.request.seed !== undefined) throw new TypeError("seed is broken");
        return (groq as Provider).route(call);
      },
    };
    expect((await problemsOf(provider)).join()).toContain("explain throws");
  });

  it("renders the same requests for the same seed", async () => {
    const run = async (): Promise<SpecResult> => runSpec(groq as Provider, { schemas, fixtures: [], foreign: [], seed: 5, runs: 200 });
    expect(await run()).toEqual(await run());
  });
});

describe("a finding", () => {
  it("names the member of a union that was meant", () => {
    const check = specFor(schemas, "openai", "chat-completions");
    const message = {
      role: "user",
      content: [
        { type: "text", text: "Hi" },
        { type: "image_url", image_url: { url: 7 } },
      ],
    };
    expect(check({ model: "m", messages: [message] })).toEqual([
      { path: "/messages/[]/content/[]/image_url/url", problem: "must be string, is number" },
    ]);
    const unknown = { role: "user", content: [{ type: "hologram" }] };
    expect(check({ model: "m", messages: [unknown] })).toEqual([
      { path: "/messages/[]/content/[]/type", problem: 'is "hologram", which is not a known word' },
    ]);
  });

  it("has no problem exactly when the validator accepts the body", () => {
    const check = bodyChecker(schemas.OpenaiChat, []);
    expect(check({ model: "m", messages: [{ role: "user", content: "Hi" }] })).toEqual([]);
    expect(check({ messages: [] })).toEqual([{ path: "/model", problem: "is missing" }]);
  });

  it("is a violation unless an exception covers it", () => {
    const [exception] = exceptions;
    if (exception === undefined) throw new Error("there is no exception");
    const { protocol, path, problem } = exception;
    const finding = {
      provider: exception.providers[0] ?? "",
      protocol,
      path,
      problem,
      bodies: 1,
      example: { title: "t", settings: {}, request: {}, sent: 1 },
    };
    expect(violationsIn([finding, { ...finding, path: "/other" }])).toEqual([{ ...finding, path: "/other" }]);
    expect(unneeded([finding], exception.providers)).not.toContain(exception);
    expect(unneeded([], exception.providers)).toContain(exception);
    expect(specTable([{ provider: finding.provider, rendered: 2, refused: 1, invalid: 1, findings: [finding] }])).toContain(
      "| 3 | 2 | 1 | 1 | 1 | 0 |",
    );
  });
});

describe("extensions", () => {
  it("hold no field that the vendor's own types have", () => {
    expect(fieldsNowInTypes(schemas)).toEqual([]);
  });
});

describe("limits", () => {
  it("name a page each", () => {
    for (const { source } of limits) expect(source).toMatch(/^https:\/\//);
  });

  it("pair calls with results", () => {
    const unpaired = limits.find(({ refusal }) => refusal.startsWith("has a tool message without its call"));
    const call = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
    };
    const result = { role: "tool", tool_call_id: "a", content: "1" };
    expect(unpaired?.isBroken({ messages: [call, result] })).toBe(false);
    expect(unpaired?.isBroken({ messages: [result] })).toBe(true);
    expect(unpaired?.isBroken({ messages: [call] })).toBe(true);
    expect(unpaired?.isBroken({ messages: [call, { role: "user", content: "Hi" }, result] })).toBe(true);
  });
});
