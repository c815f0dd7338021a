import { register } from "@lumiverse/core/provider";
import { pollinations } from "./provider.ts";
import type { PollinationsSettings } from "./settings.ts";

register(pollinations);

export type { PollinationsSettings };
export { pollinations };

declare module "@lumiverse/core/providers" {
  interface Providers {
    pollinations: PollinationsSettings;
  }
}
