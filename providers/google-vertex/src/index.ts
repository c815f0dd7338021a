import { register } from "@lumiverse/core/provider";
import { googleVertex } from "./provider.ts";
import type { GoogleVertexSettings } from "./settings.ts";

register(googleVertex);

export type { GoogleVertexSettings };
export { googleVertex };

declare module "@lumiverse/core/providers" {
  interface Providers {
    "google-vertex": GoogleVertexSettings;
  }
}
