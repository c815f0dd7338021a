/** Which vendor's check a tool's schema must pass, by the model: gateways pass schemas on to the vendor of the model. */
import { isModel as isOpenai } from "./openai.ts";

/** The vendors whose models are known by their ids. */
export type ModelVendor = "openai" | "anthropic" | "gemini" | "moonshot" | "deepseek" | "xai";

const VENDOR_BY_NAME: readonly (readonly [RegExp, ModelVendor])[] = [
  [/^(?:[a-z]+\.)*(?:anthropic\.)?claude(?:-|$)/, "anthropic"], // Bedrock: `us.anthropic.claude-…`
  [/^gemini(?:-|$)/, "gemini"],
  [/^(?:kimi(?:-|$)|moonshot-)/, "moonshot"],
  [/^deepseek(?:-|$)/, "deepseek"],
  [/^grok(?:-|$)/, "xai"],
];

/** The vendor whose model an id names on any host (`moonshotai/Kimi-K2.6`). Undefined for other vendors' models. */
export function modelVendor(id: string): ModelVendor | undefined {
  if (isOpenai(id)) return "openai";
  const name = id.toLowerCase().replace(/^.*\//, "");
  return VENDOR_BY_NAME.find(([pattern]) => pattern.test(name))?.[1];
}
