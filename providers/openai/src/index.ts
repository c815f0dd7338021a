import { register } from "@lumiverse/core/provider";
import { openai } from "./provider.ts";
import type { OpenaiSettings } from "./settings.ts";

register(openai);

export type { OpenaiSettings };
export { openai };

declare module "@lumiverse/core/providers" {
  interface Providers {
    openai: OpenaiSettings;
  }
}
