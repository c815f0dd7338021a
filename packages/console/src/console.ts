import type { Gateway } from "@lumiverse/gateway";
import { ADMIN_PATH, type AdminOptions, createAdmin } from "@lumiverse/gateway/admin";
import { pageFiles } from "./page-files.ts";

/** What the console needs beside its gateway. */
export type ConsoleOptions = Omit<AdminOptions, "gateway">;

/** A page that is served. */
export interface MountedConsole {
  /**
   * The address that opens the page once, within the hour, without a key. Print it for the person at this machine, and for nobody else: whoever opens it may
   * use every stored key.
   */
  openingAddress(): Promise<string>;
}

/**
 * Serves the page and the admin API by a gateway: the API under `/admin/v1`, the page everywhere else.
 * @throws RangeError for an admin key that could be guessed. Error when the page is not built.
 */
export async function mountConsole(gateway: Gateway, options: ConsoleOptions): Promise<MountedConsole> {
  const admin = createAdmin({ ...options, gateway });
  gateway.mount(ADMIN_PATH, (request) => admin.fetch(request));
  gateway.mount("/", await pageFiles());
  return {
    openingAddress: async () => `${options.address()}/#token=${await admin.oneTimeToken()}`,
  };
}
