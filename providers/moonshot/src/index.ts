import { register } from "@lumiverse/core/provider";
import { moonshot } from "./provider.ts";
import type { MoonshotSettings } from "./settings.ts";

register(moonshot);

export type { MoonshotSettings };
export { moonshot };

declare module "@lumiverse/core/providers" {
  interface Providers {
    moonshot: MoonshotSettings;
  }
}
