import { register } from "@lumiverse/core/provider";
import { ai21 } from "./provider.ts";
import type { Ai21Settings } from "./settings.ts";

register(ai21);

export type { Ai21Settings };
export { ai21 };

declare module "@lumiverse/core/providers" {
  interface Providers {
    ai21: Ai21Settings;
  }
}
