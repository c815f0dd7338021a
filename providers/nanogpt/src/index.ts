import { register } from "@lumiverse/core/provider";
import { nanogpt } from "./provider.ts";
import type { NanogptSettings } from "./settings.ts";

register(nanogpt);

export type { NanogptSettings };
export { nanogpt };

declare module "@lumiverse/core/providers" {
  interface Providers {
    nanogpt: NanogptSettings;
  }
}
