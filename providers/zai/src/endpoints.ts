/** The vendor's hosts, and the two endpoints on each of them. */
import type { Call } from "@lumiverse/core/provider";
import type { ZaiSettings } from "./settings.ts";

/** Hosts by region. Each accepts only its own keys. */
export const HOSTS = { global: "https://api.z.ai", cn: "https://open.bigmodel.cn" } as const;
export const GENERAL = "/api/paas/v4";
/** The Coding Plan: it accepts the same keys as `GENERAL` and bills another balance. */
export const CODING = "/api/coding/paas/v4";

/** Whether a call goes to the Coding Plan. The setting has no effect on other hosts, whose paths are unknown. */
export function usesCodingPlan({ settings, baseURL }: Call<ZaiSettings>): boolean {
  if (baseURL === undefined) return settings.codingPlan === true;
  const isVendor = Object.values(HOSTS).some((host) => host === baseURL.origin);
  return isVendor && (settings.codingPlan === true || baseURL.pathname.startsWith(CODING));
}
