import { register } from "@lumiverse/core/provider";
import { deepseek } from "./provider.ts";
import type { DeepseekSettings } from "./settings.ts";

register(deepseek);

export type { DeepseekSettings };
export { deepseek };

declare module "@lumiverse/core/providers" {
  interface Providers {
    deepseek: DeepseekSettings;
  }
}
