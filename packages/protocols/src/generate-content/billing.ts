/** What a generateContent request asks for that its token counts do not cover: https://ai.google.dev/gemini-api/docs/pricing (read November 2026) */
import { type Billing, definedFields, type HttpRequest, isObject } from "@lumiverse/core/provider";

/** Tools that are billed by tokens alone, or run by the caller. Grounding with searches and maps is billed per query. */
const WITHOUT_CHARGE: ReadonlySet<string> = new Set(["functionDeclarations", "codeExecution", "urlContext", "computerUse"]);
/** Vertex AI takes the tier in a header. */
const TIER_HEADERS = ["x-vertex-ai-llm-shared-request-type", "x-vertex-ai-llm-request-type"];

export function billingOf({ body = {}, headers = {} }: HttpRequest): Billing {
  const { serviceTier, tools } = body;
  const header = TIER_HEADERS.map((name) => headers[name]).find((value) => value !== undefined && value !== "shared");
  const tier = typeof serviceTier === "string" ? serviceTier : header;
  const isBilled = (tool: unknown): boolean => isObject(tool) && Object.keys(tool).some((name) => !WITHOUT_CHARGE.has(name));
  return {
    ...definedFields({ serviceTier: tier }),
    ...(Array.isArray(tools) && tools.some(isBilled) ? { otherCharges: "tools of the host" } : {}),
  };
}
