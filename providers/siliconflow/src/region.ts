import type { SiliconflowSettings } from "./settings.ts";

/** True when the account belongs to siliconflow.cn, by the setting or by the host of a base URL. */
export function isChina(base: URL, settings: Partial<SiliconflowSettings>): boolean {
  return settings.region === "cn" || base.hostname.endsWith(".cn");
}
