import { register } from "@lumiverse/core/provider";
import { zai } from "./provider.ts";
import type { ZaiSettings } from "./settings.ts";

register(zai);

export type { ZaiSettings };
export { zai };

declare module "@lumiverse/core/providers" {
  interface Providers {
    zai: ZaiSettings;
  }
}
