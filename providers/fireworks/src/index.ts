import { register } from "@lumiverse/core/provider";
import { fireworks } from "./provider.ts";
import type { FireworksSettings } from "./settings.ts";

register(fireworks);

export type { FireworksSettings };
export { fireworks };

declare module "@lumiverse/core/providers" {
  interface Providers {
    fireworks: FireworksSettings;
  }
}
