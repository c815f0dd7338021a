import { register } from "@lumiverse/core/provider";
import { infermatic } from "./provider.ts";
import type { InfermaticSettings } from "./settings.ts";

register(infermatic);

export type { InfermaticSettings };
export { infermatic };

declare module "@lumiverse/core/providers" {
  interface Providers {
    infermatic: InfermaticSettings;
  }
}
