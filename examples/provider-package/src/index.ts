import { register } from "@lumiverse/core/provider";
import { tidepool } from "./provider.ts";
import type { TidepoolSettings } from "./settings.ts";

register(tidepool);

export type { TidepoolSettings };
export { tidepool };

declare module "@lumiverse/core/providers" {
  interface Providers {
    tidepool: TidepoolSettings;
  }
}
