import type { Gateway } from "@lumiverse/gateway";
import { ADMIN_PATH, type AdminOptions, createAdmin } from "@lumiverse/gateway/admin";
import { pageFiles } from "./page-files.ts";

/** Options of `mountConsole`: those of the admin API without the gateway. */
export type ConsoleOptions = Omit<AdminOptions, "gateway">;

/** A console that a gateway serves. */
export interface MountedConsole {
  /**
   * Returns a new address that opens the page without a key. It works once and for one hour. Show it only to the person at this machine: whoever opens it
   * can use every stored key.
   */
  openingAddress(): Promise<string>;
}

/**
 * Mounts the admin API on a gateway under `/admin/v1`, and the page on every path that is not one of the gateway's own routes.
 * @throws RangeError for an admin key that could be guessed
 * @throws Error when the page is not built
 */
export async function mountConsole(gateway: Gateway, options: ConsoleOptions): Promise<MountedConsole> {
  const admin = createAdmin({ ...options, gateway });
  gateway.mount(ADMIN_PATH, (request, client) => admin.fetch(request, client));
  gateway.mount("/", await pageFiles());
  return {
    openingAddress: async () => `${options.address()}/#token=${await admin.oneTimeToken()}`,
  };
}
