import { register } from "@lumiverse/core/provider";
import { electronhub } from "./provider.ts";
import type { ElectronhubSettings } from "./settings.ts";

register(electronhub);

export type { ElectronhubSettings };
export { electronhub };

declare module "@lumiverse/core/providers" {
  interface Providers {
    electronhub: ElectronhubSettings;
  }
}
