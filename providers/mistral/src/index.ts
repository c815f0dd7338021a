import { register } from "@lumiverse/core/provider";
import { mistral } from "./provider.ts";
import type { MistralSettings } from "./settings.ts";

register(mistral);

export type { MistralSettings };
export { mistral };

declare module "@lumiverse/core/providers" {
  interface Providers {
    mistral: MistralSettings;
  }
}
