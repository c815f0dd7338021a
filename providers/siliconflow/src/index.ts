import { register } from "@lumiverse/core/provider";
import { siliconflow } from "./provider.ts";
import type { SiliconflowSettings } from "./settings.ts";

register(siliconflow);

export type { SiliconflowSettings };
export { siliconflow };

declare module "@lumiverse/core/providers" {
  interface Providers {
    siliconflow: SiliconflowSettings;
  }
}
