import { connect, type Explanation } from "@lumiverse/core";
import { type CacheRequest, type Capabilities, type CheckedCall, defineProvider, LumiverseError } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { type CacheBreakpointOptions, cacheBreakpoints, chatRoute } from "../src/chat-completions/index.ts";

const MARK = { type: "ephemeral" };
const HOUR = { type: "ephemeral", ttl: "1h" };

function explain(capabilities: Capabilities, cache: CacheRequest | undefined, marks: CacheBreakpointOptions = {}): Promise<Explanation> {
  const provider = defineProvider({
    id: "gate",
    name: "Gate",
    docs: "https://gate.example",
    version: "1.0.0",
    contract: 1,
    credential: { kind: "none" },
    base: "https://gate.example/v1",
    route: chatRoute({ base: "https://gate.example/v1", dialect: { cache: cacheBreakpoints(marks) }, capabilities }),
    operations: async () => ({
      check: {
        origin: "base",
        request: () => Promise.reject(new LumiverseError({ code: "unsupported", message: "not asked" })) as never,
        parse: () => undefined,
      },
    }),
  });
  return connect(provider).explain({
    model: "moth-1",
    messages: [
      { role: "system", content: "You sort moths." },
      { role: "user", content: "First?" },
      { role: "assistant", content: "Grey." },
      {
        role: "user",
        content: [
          { type: "text", text: "This?" },
          { type: "image", url: "https://moths.example/1.png" },
        ],
      },
    ],
    tools: [{ name: "weigh" }, { hosted: { type: "search" } }],
    ...(cache === undefined ? {} : { cache }),
  });
}
type Messages = { content: unknown }[];

describe("cache marks of a gateway", () => {
  it("marks the last tool, the system prompt and the last user turn, and leaves all other messages as they were", async () => {
    const { body, cache } = await explain({ "cache.explicit": true }, { ttl: "1h", tools: true, system: true, conversation: true });
    const messages = body["messages"] as Messages;
    expect(body["tools"]).toMatchObject([{ type: "function" }, { type: "search", cache_control: HOUR }]);
    expect(messages[0]?.content).toEqual([{ type: "text", text: "You sort moths.", cache_control: HOUR }]);
    expect(messages[1]?.content).toBe("First?");
    expect(messages[3]?.content).toMatchObject([{ text: "This?", cache_control: HOUR }, { type: "image_url" }]);
    expect(cache?.breakpoints.map(({ at }) => at)).toEqual(["tools[1]", "messages[0]", "messages[3]"]);
    expect(cache?.summary).toBe("Cache 1h • tools + system + messages");
  });

  it("puts the automatic breakpoint on the body where the model accepts it, otherwise on the last user turn", async () => {
    const top = await explain({ "cache.explicit": true, "cache.automatic": true }, { automatic: true });
    expect(top.body["cache_control"]).toEqual(MARK);
    expect((top.body["messages"] as Messages)[0]?.content).toBe("You sort moths.");
    const placed = await explain({ "cache.explicit": true }, {});
    expect(placed.body).not.toHaveProperty("cache_control");
    expect((placed.body["messages"] as Messages)[3]?.content).toMatchObject([{ cache_control: MARK }, {}]);
  });

  it("keeps the last breakpoints that a model uses, and lists the ones it dropped", async () => {
    const { body, cache, notes } = await explain(
      { "cache.explicit": true },
      { ttl: "1h", system: true, conversation: true },
      { oneHour: false, maxBreakpoints: 1 },
    );
    expect((body["messages"] as Messages)[0]?.content).toBe("You sort moths.");
    expect(cache?.excluded.map(({ what }) => what)).toEqual(["system"]);
    expect(cache?.breakpoints).toMatchObject([{ at: "messages[3]", ttl: "5m" }]);
    expect(notes.filter(({ kind }) => kind === "cache")).toHaveLength(1);
  });

  it("sends no breakpoint to a model that accepts none, and a note gives the reason", async () => {
    const { body, notes, cache } = await explain({ "cache.explicit": false, "cache.implicit": true }, {});
    expect(JSON.stringify(body)).not.toContain("cache_control");
    expect(cache?.excluded[0]?.what).toBe("everything");
    expect(notes.find(({ kind }) => kind === "cache")?.message).toContain("caches on its own");
  });

  it("is off for one call with cache: false, whatever the connection's settings are", async () => {
    const { body, cache } = await explain({ "cache.explicit": true }, false, { setting: { enabled: true, system: true } });
    expect(JSON.stringify(body)).not.toContain("cache_control");
    expect(cache).toBeUndefined();
    const on = await explain({ "cache.explicit": true }, undefined, { setting: { enabled: true, system: true } });
    expect(on.cache?.breakpoints).toHaveLength(1);
  });

  it("never writes to the caller's own tool", async () => {
    const hosted = { type: "search" };
    const call = { request: { cache: { tools: true } }, route: { capabilities: { "cache.explicit": true } } } as unknown as CheckedCall; // all it looks at
    const body = { tools: [hosted], messages: [] };
    cacheBreakpoints({})({ body, call, notes: [] });
    expect(hosted).toEqual({ type: "search" });
    expect(body.tools[0]).toEqual({ type: "search", cache_control: MARK });
  });
});
