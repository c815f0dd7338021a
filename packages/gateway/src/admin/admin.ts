/** The admin API: what the console and the command line use. Documented in docs/admin-api.md. */
import { type DiscoverOptions, type ModelListCache, type Network, storeCache } from "@lumiverse/connections";
import { registry as defaultRegistry, type Registry } from "@lumiverse/core";
import { Hono, type MiddlewareHandler } from "hono";
import type { Gateway } from "../gateway.ts";
import type { ClientContext } from "../server/fetch-context.ts";
import { chatRoutes } from "./chat.ts";
import { connectionRoutes } from "./connections.ts";
import type { WithDemo } from "./demo.ts";
import { diagnosisRoutes, discoveryRoutes } from "./diagnosis.ts";
import { errorResponse } from "./errors.ts";
import { keyRoutes } from "./keys.ts";
import { managementKeyRoutes } from "./management-keys.ts";
import { sameOrigin } from "./origin.ts";
import { providerRoutes } from "./providers.ts";
import { adminSessions } from "./session.ts";
import { signInRoutes } from "./sign-ins.ts";
import { transferRoutes } from "./transfer.ts";
import { callRoutes, usageRoutes } from "./usage.ts";
import type { AdminInfo } from "./wire.ts";

/** What the admin API works on. */
export interface AdminOptions {
  gateway: Gateway;
  /** The profiles that the gateway uses, with the demo's if there is one. */
  profiles: WithDemo;
  /** Where people and programs reach the gateway, such as `http://127.0.0.1:4141`. Sign-ins return to it. */
  address: () => string;
  /** True when the vault opened locked: stored keys cannot be read. */
  vaultLocked?: boolean;
  /** Shown on the page. */
  version: string;
  /** At least 16 characters. It may do everything. Absent: only one-time tokens open sessions. */
  adminKey?: string;
  /** Where providers are looked up. Default: the process-wide registry. */
  registry?: Registry;
  /** Default: in the store of the profiles. */
  modelLists?: ModelListCache;
  /** Examines names, ports and certificates for the doctor: `nodeNetwork` in Node. */
  network?: Network;
  /** Where model servers are looked for. Default: the usual ports of this machine. */
  discovery?: DiscoverOptions;
  /** Receives failures that are no fault of the request. Default: `console.error`. */
  report?: (cause: unknown) => void;
}

/** The admin API as a handler. */
export interface Admin {
  /** Answers requests under `/admin/v1`. @param client Wrong keys are counted by its address. Absent: all clients are one */
  fetch(request: Request, client?: ClientContext): Promise<Response>;
  /** A token that opens one session of the page, once, within the hour. It belongs after `#token=` in the printed address. */
  oneTimeToken(): Promise<string>;
  /** Every route, with `:name` for what varies. */
  readonly routes: readonly { method: string; path: string }[];
}

/** Where the admin API is mounted. */
export const ADMIN_PATH = "/admin/v1";
/** The page of the console to which a vendor's sign-in returns. */
export const SIGN_IN_PATH = "/sign-in";

async function infoOf({ gateway, profiles, address, version, vaultLocked = false }: AdminOptions): Promise<AdminInfo> {
  const all = await profiles.list();
  return {
    version,
    now: new Date().toISOString(),
    address: address(),
    demo: all.some(({ id }) => profiles.isDemo(id)),
    vaultLocked,
    missingTargets: await gateway.missingTargets(),
  };
}

/** Forbids caches to store answers. */
const noStore: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.has("cache-control")) context.res.headers.set("cache-control", "no-store");
};

/** Discovery uses the same guarded fetch as calls. */
function fetchOf({ connectOptions: { fetch: send } }: WithDemo): DiscoverOptions {
  return send === undefined ? {} : { fetch: send };
}

/** @throws RangeError for an admin key that could be guessed */
export function createAdmin(options: AdminOptions): Admin {
  const {
    gateway,
    profiles,
    address,
    adminKey,
    registry = defaultRegistry(),
    modelLists = storeCache(profiles.store),
    report = console.error,
  } = options;
  const access = adminSessions({
    sessions: gateway.sessions,
    managementKeys: gateway.managementKeys,
    base: ADMIN_PATH,
    address,
    ...(adminKey === undefined ? {} : { adminKey }),
  });
  const shared = { profiles, registry, modelLists };
  const doctor = {
    profiles,
    ...(options.network === undefined ? {} : { network: options.network }),
    discovery: { ...fetchOf(profiles), ...options.discovery },
  };
  const app = new Hono()
    .basePath(ADMIN_PATH)
    .use(sameOrigin)
    .use(noStore)
    .route("/session", access.routes)
    .use(access.required)
    .get("/info", async (context) => context.json(await infoOf(options)))
    .route("/providers", providerRoutes(shared))
    .route("/connections", transferRoutes(profiles))
    .route("/connections", connectionRoutes({ ...shared, changed: () => gateway.refresh() }))
    .route("/connections", diagnosisRoutes(doctor))
    .route("/discovery", discoveryRoutes(doctor))
    .route("/sign-ins", signInRoutes({ profiles, signIns: gateway.signIns, callback: () => `${address()}${SIGN_IN_PATH}` }))
    .route("/", chatRoutes({ profiles, gateway }))
    .route("/keys", keyRoutes(gateway))
    .route("/management-keys", managementKeyRoutes(gateway))
    .route("/usage", usageRoutes(gateway))
    .route("/calls", callRoutes(gateway));
  app.notFound(() => Response.json({ error: { code: "not-found", message: "there is no such route" } }, { status: 404 }));
  app.onError((cause) => errorResponse(cause, report));
  const routes = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => ({ method, path }));
  return {
    fetch: async (request, { clientAddress } = {}) => app.fetch(request, { clientAddress }),
    oneTimeToken: access.oneTimeToken,
    routes,
  };
}
