/** ElectronHub is an aggregator: the upstream decides what a model accepts, so most capabilities are left unknown. */
import type { Call, Capabilities, JsonObject, Provider } from "@lumiverse/core/provider";
import { cacheBreakpoints, chatProvider, type Dialect } from "@lumiverse/protocols/chat-completions";
import { claude, gatewayRules } from "@lumiverse/protocols/families";
import type { ElectronhubSettings } from "./settings.ts";
import { version } from "./version.ts";

/** An upstream's failure arrives as the model's answer, with HTTP 200, split at any point over the deltas. */
const BANNER = "### **Proxy error (HTTP ";

const dialect: Dialect = {
  audioFormats: ["wav", "mp3"], // the formats of OpenAI, whose API the host repeats; no others are documented
  strict: "requested", // many upstreams get this body, so nothing is sent that the caller did not request
  failureTexts: [
    { startsWith: `${BANNER}400`, is: "invalid-request", message: "the model's upstream refused the request", retryable: false },
    { startsWith: `${BANNER}429`, is: "overloaded", message: "the model's upstream is overloaded", retryable: true },
    { startsWith: BANNER, is: "server", message: "the model's upstream failed", retryable: true },
  ],
  errors: [
    {
      status: [402, 403, 429],
      text: ["credits", "neutrinos"],
      is: "insufficient-balance",
      hint: "Credits are added weekly, and Neutrinos for :free models daily: wait or top up",
    },
    { status: 401, is: "authentication", hint: "Keys begin with ek-: create one at https://app.electronhub.ai" },
    { status: 403, is: "permission", hint: "The key or the plan of its account does not include this model or feature" },
    {
      status: 429,
      is: "rate-limit",
      waitMs: 180_000, // documented, regardless of what is left of the minute
      hint: "The key is locked for three minutes, and failed calls count too. Plans allow 5 (free) to 100 calls per minute",
    },
  ],
};

const capabilities: Capabilities = {
  "output.image": false, // images, speech and video have separate endpoints
  "output.audio": false,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  reasoning: ["minimal", "low", "medium", "high", "xhigh"], // models that do not support it ignore it without reporting it
  "reasoning.off": true,
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: true, // includes reasoning
  temperature: [0, 2],
  "cache.automatic": false,
  streaming: true,
  countTokens: false,
  models: true,
  account: true,
};

/** ElectronHub: https://docs.electronhub.ai */
export const electronhub: Provider<ElectronhubSettings> = chatProvider<ElectronhubSettings>({
  id: "electronhub",
  name: "ElectronHub",
  docs: "https://docs.electronhub.ai",
  version,
  base: "https://api.electronhub.ai/v1",
  env: "ELECTRONHUB_API_KEY",
  keyPage: "https://app.electronhub.ai",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  rules: [...claude.rules.filter(({ field }) => field === "temperature" || field === "topP" || field === "topK"), ...gatewayRules],
  adjust: ({ call }) => ({ dialect: fromSettings(call), capabilities: claudeCapabilities(call) }),
  operations: () => import("./operations.ts").then(({ operations }) => operations(dialect)),
});

function fromSettings({ settings: { hideReasoning, webSearch, promptCache } }: Call<ElectronhubSettings>): Dialect {
  return {
    cache: cacheBreakpoints({ setting: promptCache }),
    finishBody({ body }: { body: JsonObject }) {
      if (hideReasoning === true) body["reasoning"] = { exclude: true };
      if (webSearch === true) body["web_search"] = true;
    },
  };
}

/** Only Claude models accept cache breakpoints. What a Claude model refuses on every host, it refuses here too. */
function claudeCapabilities({ request }: Call<ElectronhubSettings>): Capabilities {
  return {
    ...claude.refusalsOf(request.model, request),
    "cache.explicit": claude.capabilitiesOf(request.model, request)["cache.explicit"] ?? false,
  };
}
