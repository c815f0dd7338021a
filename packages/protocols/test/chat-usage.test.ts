import { describe, expect, it } from "vitest";
import { parseUsage } from "../src/chat-completions/response/usage.ts";

const counts = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };

describe("usage with audio", () => {
  it.each([{ prompt_tokens_details: { audio_tokens: 3 } }, { completion_tokens_details: { audio_tokens: 1 } }])(
    "names it as another charge, because its tokens have prices of their own (%j)",
    (details) => expect(parseUsage({ ...counts, ...details }, {}).otherCharges).toContain("audio"),
  );
  it("of no tokens has no other charge", () => {
    const details = { prompt_tokens_details: { audio_tokens: 0 }, completion_tokens_details: { audio_tokens: 0 } };
    expect(parseUsage({ ...counts, ...details }, {}).otherCharges).toBeUndefined();
  });
});

describe("the cost of a call", () => {
  it("adds the upstream's charge only when the flag says that it is separate", () => {
    const dialect = { cost: { path: "cost", currency: "USD", plus: { path: "details.upstream", when: "own" } } };
    expect(parseUsage({ ...counts, cost: 0.25, own: true, details: { upstream: 1 } }, dialect).cost?.amount).toBe(1.25);
    expect(parseUsage({ ...counts, cost: 0.25, own: false, details: { upstream: 1 } }, dialect).cost?.amount).toBe(0.25);
    expect(parseUsage({ ...counts, cost: 0.25, own: true, details: { upstream: null } }, dialect).cost?.amount).toBe(0.25);
  });

  it("is read from its container, by the first path that is present", () => {
    const dialect = { cost: { path: ["cost", "amount"], currency: "USD", beside: "bill" } };
    expect(parseUsage(counts, dialect, { amount: "0.5" }).cost?.amount).toBe(0.5);
    expect(parseUsage(counts, dialect, { cost: 0, amount: 3 }).cost?.amount).toBe(0);
    expect(parseUsage(counts, dialect).cost).toBeUndefined();
  });
});
