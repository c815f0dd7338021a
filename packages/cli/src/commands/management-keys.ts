import { LumiverseError } from "@lumiverse/core";
import type { Gateway, KeyLimits, ManagementKey, ManagementKeyInput, Permission } from "@lumiverse/gateway";
import { Command } from "commander";
import { collect } from "../connection/options.ts";
import { hasSavedConnections, withSavedConnections } from "../connection/saved.ts";
import type { Screen } from "../terminal/screen.ts";
import { table } from "../terminal/table.ts";
import type { CommandContext } from "./context.ts";

interface ManagementKeyOptions {
  new?: string;
  permission?: readonly string[];
  models?: readonly string[];
  limit?: readonly string[];
  expires?: string;
  revoke?: string;
}

export function managementKeysCommand({ screen }: CommandContext): Command {
  return new Command("management-keys")
    .description("list, make and revoke keys for the admin API of the gateway, each with permissions of its own")
    .option("--new <name>", "make a key; it is printed once")
    .option("--permission <name>", "what the new key may do; everything else is refused (repeatable; all: everything)", collect)
    .option("--models <name>", "models that keys which it makes may have: connection/model, connection/* or an alias (repeatable)", collect)
    .option("--limit <name=value>", "the highest limit of keys that it makes, such as requestsPerMinute=60 (repeatable)", collect)
    .option("--expires <date>", "when the new key expires, as ISO date and time")
    .option("--revoke <name>", "end a key, in all processes at once")
    .option("--json", "print one JSON document: the keys, the new key with its secret, or the revoked key")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse management-keys
  lumiverse management-keys --new "Team lead" --permission keys.read --permission keys.create --models 'Router/*' --limit budgetPerDay=20
  lumiverse management-keys --revoke "Team lead"

They are in the database of the saved connections, or in that of LUMIVERSE_STORE.
Permissions: https://github.com/lumiverse/providers/blob/main/docs/admin-api.md`,
    )
    .action(async (options: ManagementKeyOptions) => {
      if (options.new !== undefined && options.revoke !== undefined)
        throw new LumiverseError({ code: "configuration", field: "revoke", message: "--new and --revoke cannot be used together" });
      // A listing alone creates no database.
      if (options.new === undefined && options.revoke === undefined && !hasSavedConnections()) return showKeys([], screen);
      await withGateway(screen, async ({ managementKeys }) => {
        if (options.new !== undefined) return showNew(await managementKeys.create(await inputOf(options.new, options)), screen);
        const all = await managementKeys.list();
        if (options.revoke === undefined) return showKeys(all, screen);
        const revoked = await managementKeys.revoke(named(all, options.revoke).id);
        if (screen.json) return screen.outJson(revoked);
        await screen.out(`Revoked ${revoked.name}.\n`);
      });
    });
}

/** Opens the gateway of the saved connections, without serving it. */
async function withGateway(screen: Screen, run: (gateway: Gateway) => Promise<void>): Promise<void> {
  const { createGateway } = await import("@lumiverse/gateway");
  await withSavedConnections(screen, async ({ profiles }) => {
    const gateway = await createGateway({ profiles });
    try {
      await run(gateway);
    } finally {
      await gateway.close({ graceMs: 0 });
    }
  });
}

async function inputOf(name: string, { permission = [], models, limit = [], expires }: ManagementKeyOptions): Promise<ManagementKeyInput> {
  const { PERMISSIONS } = await import("@lumiverse/gateway");
  const limits = Object.fromEntries(
    limit.map((text) => {
      const [field = "", value = ""] = text.split("=");
      return [field, /^[\d.]+$/.test(value) ? Number(value) : value];
    }),
  );
  return {
    name,
    // The gateway checks the names of permissions and limits.
    permissions: (permission.includes("all") ? Object.keys(PERMISSIONS) : permission) as Permission[],
    ...(models === undefined ? {} : { models }),
    limits: limits as KeyLimits,
    ...(expires === undefined ? {} : { expiresAt: expires }),
  };
}

function named(keys: readonly ManagementKey[], nameOrId: string): ManagementKey {
  const found = keys.find(({ id, name }) => id === nameOrId || name.toLowerCase() === nameOrId.toLowerCase());
  if (found !== undefined) return found;
  throw new LumiverseError({
    code: "configuration",
    field: "revoke",
    message: `there is no management key "${nameOrId}"`,
    hint: "lumiverse management-keys lists them",
  });
}

async function showNew({ key, secret }: { key: ManagementKey; secret: string }, screen: Screen): Promise<void> {
  if (screen.json) return screen.outJson({ key, secret });
  screen.line(`The key of "${key.name}". It is not stored, so it cannot be shown again:`);
  await screen.out(`${secret}\n`);
}

async function showKeys(keys: readonly ManagementKey[], screen: Screen): Promise<void> {
  if (screen.json) return screen.outJson(keys);
  if (keys.length === 0) return screen.line('There is no management key. "lumiverse management-keys --new NAME" makes one.');
  const rows = keys.map(({ name, hint, permissions, models, revokedAt, expiresAt }) => [
    name,
    `…${hint}`,
    revokedAt === undefined ? (expiresAt === undefined ? "" : `until ${expiresAt}`) : "revoked",
    models?.join(", ") ?? "all",
    permissions.join(" "),
  ]);
  await screen.outStyled(table(["Name", "Key", "State", "Models", "Permissions"], rows));
}
