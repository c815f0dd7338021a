import { endpoint, type KeyVerdict, type Operation, type Operations } from "@lumiverse/core/provider";
import { countTokens, keyVerdict, modelList } from "@lumiverse/protocols/generate-content/operations";
import { host } from "./host.ts";
import type { GoogleSettings } from "./settings.ts";

/** Reading the model list needs a key and is free. */
const check: Operation<KeyVerdict, GoogleSettings> = {
  origin: "base",
  request: ({ base }) => ({ method: "GET", url: endpoint(base, "/models?pageSize=1") }),
  parse: (response) => {
    const value = keyVerdict(response);
    return value === undefined ? undefined : { value };
  },
};

export const operations: Operations<GoogleSettings> = { check, models: modelList(), countTokens: countTokens(host, "wrapped") };
