import { register } from "@lumiverse/core/provider";
import { xai } from "./provider.ts";
import type { XaiSettings } from "./settings.ts";

register(xai);

export type { XaiSettings };
export { xai };

declare module "@lumiverse/core/providers" {
  interface Providers {
    xai: XaiSettings;
  }
}
