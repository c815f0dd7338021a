/**
 * What management keys may do, as data: the admin API checks every request by this table, and the documentation and the tests are made from it. A route and a
 * field that are not in it are closed to management keys.
 */

const MEANINGS = {
  "info.read": "see the version, the address and targets that are missing",
  "providers.read": "see the installed providers and their forms",
  "connections.read": "see the connections",
  "connections.create": "make connections",
  "connections.change": "change connections",
  "connections.key": "set, replace and remove a connection's key, and choose where it comes from",
  "connections.address": "set and change the URL of a connection",
  "connections.order": "order the connections",
  "connections.default": "choose the default connection",
  "connections.enabled": "switch connections off and on",
  "connections.duplicate": "copy connections with their keys",
  "connections.delete": "remove connections",
  "connections.ask": "ask the vendors of connections for models and balances, and run the doctor",
  "connections.draft": "try values that are not saved, also with the stored key of a connection and at any address",
  "connections.explain": "see requests as they would be sent",
  "connections.discover": "find model servers on the gateway's machine",
  "connections.signIn": "sign in with a vendor, which stores a key",
  "connections.export": "export connections without their keys",
  "connections.exportKeys": "export connections with their keys",
  "connections.import": "import connections, with their keys and addresses",
  "keys.read": "see the virtual keys and what they have used",
  "keys.create": "make virtual keys",
  "keys.change": "change virtual keys",
  "keys.models": "set the models of virtual keys",
  "keys.limits": "set the limits of virtual keys",
  "keys.seesTargets": "let virtual keys see targets and metrics",
  "keys.expiresAt": "set when virtual keys expire",
  "keys.revoke": "revoke virtual keys",
  "keys.delete": "remove virtual keys",
  "managementKeys.read": "see the management keys",
  "managementKeys.create": "make management keys",
  "managementKeys.permissions": "give permissions to new management keys",
  "managementKeys.models": "choose the models that new management keys may grant",
  "managementKeys.limits": "choose the highest limits that new management keys may grant",
  "managementKeys.expiresAt": "set when new management keys expire",
  "managementKeys.revoke": "revoke management keys",
  "managementKeys.delete": "remove management keys",
  "usage.read": "see the sums of the ledger",
  "calls.read": "see the calls of the ledger",
  "calls.content": "see the recorded content of calls",
} as const;

/** What a management key may do, such as `keys.create`. */
export type Permission = keyof typeof MEANINGS;

/** The permissions of management keys, with what each one allows. */
export const PERMISSIONS: Readonly<Record<Permission, string>> = MEANINGS;

/** A route of the admin API. */
export interface ManagementRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/admin/v1`. */
  readonly path: string;
  /** Null: only the admin key and sessions of the page open it. */
  readonly permission: Permission | null;
  /**
   * What each field of the body needs in addition. A name with a dot is a field of the form's values; it counts where it changes what is stored. Absent: the
   * route reads no body.
   */
  readonly fields?: Readonly<Record<string, Permission>>;
}

const DRAFT = { values: "connections.draft", editing: "connections.draft" } as const;
const FORM = {
  "values.key": "connections.key",
  "values.auth": "connections.key",
  "values.baseURL": "connections.address",
} as const;
const IMPORT = { file: "connections.import", passphrase: "connections.import" } as const;
const KEY = {
  models: "keys.models",
  limits: "keys.limits",
  seesTargets: "keys.seesTargets",
  expiresAt: "keys.expiresAt",
} as const;

export const MANAGEMENT_ROUTES: readonly ManagementRoute[] = [
  { method: "GET", path: "/info", permission: "info.read" },
  { method: "GET", path: "/providers", permission: "providers.read" },
  { method: "GET", path: "/providers/:id/form", permission: "providers.read" },
  { method: "POST", path: "/providers/:id/preview", permission: "connections.draft", fields: DRAFT },
  { method: "POST", path: "/providers/:id/models", permission: "connections.draft", fields: { ...DRAFT, refresh: "connections.draft" } },
  { method: "POST", path: "/providers/:id/check", permission: "connections.draft", fields: DRAFT },
  { method: "GET", path: "/connections", permission: "connections.read" },
  {
    method: "POST",
    path: "/connections",
    permission: "connections.create",
    fields: { provider: "connections.create", values: "connections.create", ...FORM },
  },
  { method: "PUT", path: "/connections/order", permission: "connections.order", fields: { ids: "connections.order" } },
  {
    method: "POST",
    path: "/connections/export",
    permission: "connections.export",
    fields: { ids: "connections.export", passphrase: "connections.exportKeys" },
  },
  { method: "POST", path: "/connections/import/preview", permission: "connections.import", fields: IMPORT },
  {
    method: "POST",
    path: "/connections/import",
    permission: "connections.import",
    fields: { ...IMPORT, accepted: "connections.import" },
  },
  { method: "GET", path: "/connections/:id", permission: "connections.read" },
  {
    method: "PUT",
    path: "/connections/:id",
    permission: "connections.change",
    fields: { values: "connections.change", revision: "connections.change", removeKey: "connections.key", ...FORM },
  },
  { method: "DELETE", path: "/connections/:id", permission: "connections.delete" },
  { method: "POST", path: "/connections/:id/duplicate", permission: "connections.duplicate" },
  { method: "POST", path: "/connections/:id/default", permission: "connections.default" },
  { method: "PUT", path: "/connections/:id/enabled", permission: "connections.enabled", fields: { isEnabled: "connections.enabled" } },
  { method: "POST", path: "/connections/:id/balance", permission: "connections.ask", fields: { refresh: "connections.ask" } },
  { method: "POST", path: "/connections/:id/models", permission: "connections.ask", fields: { refresh: "connections.ask" } },
  { method: "POST", path: "/connections/:id/diagnose", permission: "connections.ask" },
  { method: "GET", path: "/discovery", permission: "connections.discover" },
  {
    method: "POST",
    path: "/sign-ins",
    permission: "connections.signIn",
    fields: {
      connection: "connections.signIn",
      provider: "connections.create",
      values: "connections.create",
      "values.baseURL": "connections.address",
    },
  },
  {
    method: "POST",
    path: "/sign-ins/finish",
    permission: "connections.signIn",
    fields: { token: "connections.signIn", returned: "connections.signIn" },
  },
  // It has no virtual key, so no limit would hold.
  { method: "POST", path: "/chat", permission: null },
  {
    method: "POST",
    path: "/explain",
    permission: "connections.explain",
    fields: {
      connection: "connections.explain",
      model: "connections.explain",
      request: "connections.explain",
      previous: "connections.explain",
    },
  },
  { method: "GET", path: "/keys", permission: "keys.read" },
  { method: "POST", path: "/keys", permission: "keys.create", fields: { name: "keys.create", ...KEY } },
  { method: "PATCH", path: "/keys/:id", permission: "keys.change", fields: { name: "keys.change", ...KEY } },
  { method: "POST", path: "/keys/:id/revoke", permission: "keys.revoke" },
  { method: "DELETE", path: "/keys/:id", permission: "keys.delete" },
  { method: "GET", path: "/management-keys", permission: "managementKeys.read" },
  { method: "GET", path: "/management-keys/permissions", permission: "managementKeys.read" },
  {
    method: "POST",
    path: "/management-keys",
    permission: "managementKeys.create",
    fields: {
      name: "managementKeys.create",
      permissions: "managementKeys.permissions",
      models: "managementKeys.models",
      limits: "managementKeys.limits",
      expiresAt: "managementKeys.expiresAt",
    },
  },
  { method: "POST", path: "/management-keys/:id/revoke", permission: "managementKeys.revoke" },
  { method: "DELETE", path: "/management-keys/:id", permission: "managementKeys.delete" },
  { method: "GET", path: "/usage", permission: "usage.read" },
  { method: "GET", path: "/calls", permission: "calls.read" },
  { method: "GET", path: "/calls/:id", permission: "calls.read" },
];

export function isPermission(value: unknown): value is Permission {
  return typeof value === "string" && Object.hasOwn(PERMISSIONS, value);
}
