import { register } from "@lumiverse/core/provider";
import { groq } from "./provider.ts";
import type { GroqSettings } from "./settings.ts";

register(groq);

export type { GroqSettings };
export { groq };

declare module "@lumiverse/core/providers" {
  interface Providers {
    groq: GroqSettings;
  }
}
