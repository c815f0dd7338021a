import { register } from "@lumiverse/core/provider";
import { perplexity } from "./provider.ts";
import type { PerplexitySettings } from "./settings.ts";

register(perplexity);

export type { PerplexitySettings };
export { perplexity };

declare module "@lumiverse/core/providers" {
  interface Providers {
    perplexity: PerplexitySettings;
  }
}
