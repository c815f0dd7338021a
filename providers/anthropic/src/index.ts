import { register } from "@lumiverse/core/provider";
import { anthropic } from "./provider.ts";
import type { AnthropicSettings } from "./settings.ts";

register(anthropic);

export type { AnthropicSettings };
export { anthropic };

declare module "@lumiverse/core/providers" {
  interface Providers {
    anthropic: AnthropicSettings;
  }
}
