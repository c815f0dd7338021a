/** What the sender of a request may do: everything with the admin key or a session, and otherwise what the management key's permissions allow. */
import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import type { ManagementKey } from "../keys/management-key.ts";
import { MANAGEMENT_ROUTES, type ManagementRoute, type Permission } from "../keys/permissions.ts";
import { AdminError } from "./errors.ts";

export class Access {
  /** Absent: the admin key, or a session. */
  readonly key: ManagementKey | undefined;
  readonly #route: ManagementRoute | undefined;

  /** @throws AdminError 403 when the key may not use the route */
  constructor(key: ManagementKey | undefined, route: ManagementRoute | undefined) {
    this.key = key;
    this.#route = route;
    if (key === undefined) return;
    if (route === undefined || route.permission === null)
      throw forbidden(`the management key "${key.name}" may not use this route`, "Use the admin key");
    this.assertMay(route.permission, "use this route");
  }

  may(permission: Permission): boolean {
    return this.key === undefined || this.key.permissions.includes(permission);
  }

  /** @param what What the key may not do without it @throws AdminError 403 that names the permission */
  assertMay(permission: Permission, what: string): void {
    if (this.may(permission)) return;
    throw new AdminError(403, {
      code: "forbidden",
      message: `the management key "${this.key?.name}" may not ${what}: it lacks the permission ${permission}`,
      hint: `Use a key with ${permission}, or the admin key`,
      permission,
    });
  }

  /** Checks each field of a body. One that no permission opens is refused too. @throws AdminError 403 */
  requireFields(body: unknown): void {
    if (this.key === undefined || typeof body !== "object" || body === null) return;
    const fields = this.#route?.fields ?? {};
    for (const field of Object.keys(body)) {
      const permission = Object.hasOwn(fields, field) ? fields[field] : undefined;
      if (permission === undefined || field.includes("."))
        throw forbidden(
          `the management key "${this.key.name}" may not send the field "${field.slice(0, 100)}"`,
          "Remove it: no permission allows it",
        );
      this.assertMay(permission, `send the field "${field}"`);
    }
  }
}

/** The access of a request, for routes behind `authorize`. */
export function accessOf(context: Context): Access {
  return context.get(ACCESS) as Access; // set by authorize
}

/** The same for routes that may also be before it. */
export function accessIfKnown(context: Context): Access | undefined {
  return context.get(ACCESS) as Access | undefined; // set by authorize
}

const ACCESS = "access";

/** Lets a request through whose key may use its route. @throws AdminError 403 */
export function authorize(context: Context, key: ManagementKey | undefined, base: string): void {
  const matched = matchedRoutes(context).find(({ method }) => method !== "ALL");
  const path = matched?.path.slice(base.length);
  const route = MANAGEMENT_ROUTES.find((one) => one.method === matched?.method && one.path === path);
  // Without a route, the answer is 404 whoever asks.
  context.set(ACCESS, matched === undefined ? new Access(undefined, undefined) : new Access(key, route));
}

function forbidden(message: string, hint: string): AdminError {
  return new AdminError(403, { code: "forbidden", message, hint });
}
