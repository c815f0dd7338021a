import { register } from "@lumiverse/core/provider";
import { chutes } from "./provider.ts";
import type { ChutesSettings } from "./settings.ts";

register(chutes);

export type { ChutesSettings };
export { chutes };

declare module "@lumiverse/core/providers" {
  interface Providers {
    chutes: ChutesSettings;
  }
}
