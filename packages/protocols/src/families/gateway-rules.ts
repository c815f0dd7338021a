/** Pairs of fields that the vendor of a model refuses behind every gateway. */
import type { Rule } from "@lumiverse/core/provider";
import * as gemini from "./gemini.ts";
import * as mistral from "./mistral.ts";

/** For gateways that serve models of several vendors. Each rule applies to the models of its vendor only. */
export const gatewayRules: readonly Rule[] = /* @__PURE__ */ [gemini.rules.filter(({ field }) => field === "output"), mistral.rules].flat();
