/** Models by version, and how older ones deviate from the newest. */
import type { DialectModel } from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";

const GLM = /^glm-(\d+)(?:\.(\d+))?(v)?(?![\d.])/;
/** Matches models from one version up to, but not including, another. */
export const glm =
  (from: readonly number[], to?: readonly number[]) =>
  (id: string): boolean => {
    const found = versionOf(id, GLM);
    return found !== undefined && atLeast(found, from) && (to === undefined || !atLeast(found, to));
  };
/** True for text and vision models from GLM-5 on. */
export const isFifthGeneration: (id: string) => boolean = glm([5]);
export const isVision = (id: string): boolean => GLM.exec(id.toLowerCase())?.[3] === "v" || id.toLowerCase().startsWith("autoglm-");

/** Deviations of older models. The capabilities of the provider are those of the newest ones. */
export const models: readonly DialectModel[] = [
  { match: glm([5, 2], [5, 3]), capabilities: { reasoning: ["high", "max"], "reasoning.off": true } }, // the vendor treats low as high and xhigh as max
  { match: glm([4, 5], [5, 2]), capabilities: { reasoning: true, "reasoning.off": true } },
  { match: glm([4, 5], [4, 6]), capabilities: { maxOutputTokens: [1, 98_304] } },
  {
    match: isVision,
    capabilities: { "input.image": true, "input.video": true, "input.file": true, "input.url": true, "output.json": false },
  },
  { match: "glm-4.6v*", capabilities: { maxOutputTokens: [1, 32_768] } },
  { match: "glm-4.5v*", capabilities: { maxOutputTokens: [1, 16_384], tools: "unknown" } },
  {
    match: "glm-4-*",
    capabilities: { reasoning: false, "reasoning.off": false, "reasoning.visible": false, maxOutputTokens: [1, 16_384] },
  },
  { match: "autoglm-*", capabilities: { reasoning: "unknown", tools: "unknown" } },
];
