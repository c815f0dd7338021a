import { register } from "@lumiverse/core/provider";
import { custom } from "./provider.ts";
import type { CustomSettings } from "./settings.ts";

register(custom);

export type { CustomSettings };
export { custom };

declare module "@lumiverse/core/providers" {
  interface Providers {
    custom: CustomSettings;
  }
}
