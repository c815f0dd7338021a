import { register } from "@lumiverse/core/provider";
import { google } from "./provider.ts";
import type { GoogleSettings } from "./settings.ts";

register(google);

export type { GoogleSettings };
export { google };

declare module "@lumiverse/core/providers" {
  interface Providers {
    google: GoogleSettings;
  }
}
