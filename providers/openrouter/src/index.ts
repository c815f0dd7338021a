import { register } from "@lumiverse/core/provider";
import { openrouter } from "./provider.ts";
import type { OpenrouterSettings } from "./settings.ts";

register(openrouter);

export type { OpenrouterSettings };
export { openrouter };

declare module "@lumiverse/core/providers" {
  interface Providers {
    openrouter: OpenrouterSettings;
  }
}
