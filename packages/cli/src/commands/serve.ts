import { readFile } from "node:fs/promises";
import type { OutboundGuard } from "@lumiverse/connections/node";
import { isLumiverseError, LumiverseError } from "@lumiverse/core";
import type { Call, Gateway, GatewayConfig } from "@lumiverse/gateway";
import type { GatewayServer } from "@lumiverse/gateway/node";
import { Command, InvalidArgumentError, Option } from "commander";
import { fixturesOf } from "../connection/fixtures.ts";
import { type Installed, installation, PACKAGE_FOLDER } from "../connection/installed.ts";
import { readManifest } from "../connection/manifest.ts";
import { collect } from "../connection/options.ts";
import { openSavedConnections } from "../connection/saved.ts";
import { wholeNumber } from "../request/options.ts";
import { textOf, unreadable } from "../terminal/files.ts";
import { printableLine } from "../terminal/printable.ts";
import type { Screen } from "../terminal/screen.ts";
import { callLine } from "./call-line.ts";
import type { CommandContext } from "./context.ts";
import { isPortInUse, listenError, portNumber } from "./port.ts";

interface ServeOptions {
  config?: string;
  host?: string;
  port?: number;
  address?: string;
  allowAddress?: readonly string[];
  trustProxy?: readonly string[];
  /** False with --no-console. */
  console: boolean;
  /** Absent: where no connection is saved. */
  demo?: boolean;
  log: "text" | "json" | "none";
  grace: number;
}

/** An admin key opens the console from other machines. */
const ADMIN_KEY_VARIABLE = "LUMIVERSE_ADMIN_KEY";

export function serveCommand({ screen }: CommandContext): Command {
  return new Command("serve")
    .description("serve all connections to OpenAI, Anthropic and Gemini clients, with a page in the browser")
    .option(
      "--config <file>",
      "a YAML or JSON file with connections, aliases, fallbacks and keys; its format: https://github.com/lumiverse/providers/blob/main/docs/gateway.md",
    )
    .option("--host <address>", "where to listen (default: 127.0.0.1); on any other address every call needs a key")
    .option("--port <n>", "the port (default: 4141, or any free port where it is taken)", portNumber)
    .option(
      "--address <url>",
      "the address by which people and programs reach it, such as https://gateway.example, where it differs",
      publicAddress,
    )
    .option(
      "--allow-address <address>",
      "let connections reach this address, range, name or URL of a private network, when the page is open to other machines (repeatable)",
      collect,
    )
    .option(
      "--trust-proxy <address>",
      "believe the X-Forwarded-For of the proxy with this address or range, such as 10.0.0.0/8 (repeatable)",
      collect,
    )
    .option("--no-console", "without the page and its API")
    .option("--demo", "with connections that answer from examples (default: until a connection is saved)")
    .option("--no-demo", "without them")
    .addOption(new Option("--log <format>", "a line on stderr for each call").choices(["text", "json", "none"]).default("text"))
    .option("--grace <seconds>", "how long open streams may take to finish after Ctrl-C", wholeNumber, 30)
    .option("--json", "print one JSON object with the addresses")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse serve
  lumiverse serve --config gateway.yaml --host 0.0.0.0
  OPENAI_BASE_URL=http://127.0.0.1:4141/v1 OPENAI_API_KEY=none my-program     (models are named connection/model)
  ANTHROPIC_BASE_URL=http://127.0.0.1:4141 claude

The gateway runs until Ctrl-C. ${ADMIN_KEY_VARIABLE} is the key that opens the page from other machines.`,
    )
    .action((options: ServeOptions) => serve(options, screen));
}

async function serve(options: ServeOptions, screen: Screen): Promise<void> {
  const { createGateway, LOOPBACK_HOSTS } = await import("@lumiverse/gateway");
  const { isLoopbackHost, nodeDecoders, nodeFetch, prometheusMetrics } = await import("@lumiverse/gateway/node");
  const config = options.config === undefined ? undefined : await readConfig(options.config);
  const host = options.host ?? config?.host ?? "127.0.0.1";
  const local = isLoopbackHost(host);
  const { installed } = await installation();
  const guard = options.console && (await isPageOpenToOthers(options, local)) ? await guardOf(options, config) : undefined;
  const saved = await openSavedConnections(screen, config?.database, guard === undefined ? {} : { fetch: guard.fetch });
  const closers: (() => Promise<unknown>)[] = [() => saved.close(), async () => guard?.close()];
  try {
    for (const { provider } of installed) saved.add(provider);
    await saved.readKeys(await saved.profiles.list());
    const { profiles, demo } = await withDemoOf(options, config, saved.profiles, installed);
    if (demo !== undefined) closers.unshift(() => demo.close());
    if (demo !== undefined && !screen.json)
      screen.line(
        "The connections of the demo answer with prepared examples. Nothing is billed: costs are what the vendors would bill.",
        "dim",
      );
    const gateway = await createGateway({
      profiles,
      ...(local ? { keys: "optional" as const, hosts: LOOPBACK_HOSTS } : {}),
      decoders: nodeDecoders(),
      fetch: nodeFetch(),
      metrics: prometheusMetrics(),
      ...config?.options,
      ...(config === undefined ? {} : { config }),
      onCall: (call) => logCall(call, options.log, screen),
      onError: (error) => screen.line(`error: ${printableLine(String(error))}`, "red"),
    });
    closers.unshift(() => gateway.close({ graceMs: 0 }));
    for (const { alias, message } of await gateway.missingTargets())
      screen.line(printableLine(`warning: the alias "${alias}": ${message}`), "yellow");
    let server: GatewayServer | undefined;
    const address = (): string => options.address ?? server?.url ?? `http://${host}`;
    const page = options.console
      ? await mountPage(gateway, profiles, { address, local, vaultLocked: saved.vaultLocked, guard }, screen)
      : undefined;
    const trustedProxies = [...(options.trustProxy ?? []), ...(config?.trustedProxies ?? [])];
    server = await listen(gateway, { host, port: options.port ?? config?.port, trustedProxies }, screen);
    await showAddresses(address(), local ? await page?.openingAddress() : undefined, local, screen);
    await stopped(screen);
    await finish(server, options, screen);
  } finally {
    for (const close of closers) await close();
  }
}

/** True when other machines can open the page: because it listens for them, or through a proxy or a tunnel that --address names. */
async function isPageOpenToOthers({ address }: ServeOptions, local: boolean): Promise<boolean> {
  if (!local) return adminKey() !== "";
  const { isLoopbackHost } = await import("@lumiverse/gateway/node");
  return address !== undefined && !isLoopbackHost(new URL(address).hostname.replace(/^\[|\]$/g, ""));
}

/** Lets open calls finish. A second Ctrl-C ends them. */
async function finish(server: GatewayServer, { grace }: ServeOptions, screen: Screen): Promise<void> {
  if (!screen.json) screen.line("Finishing open calls. Press Ctrl-C again to end them.", "dim");
  screen.interrupt = () => void server.close({ graceMs: 0 });
  await server.close({ graceMs: grace * 1000 });
}

/** @throws InvalidArgumentError for a text that is no http or https URL */
function publicAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw new InvalidArgumentError("Expected an http or https URL.");
  return url.origin;
}

/**
 * A guard that lets connections reach only public addresses and those that the operator allowed. Without it, a person who opens the page from another machine
 * could enter any URL of the private network for a connection, and this process would call it.
 */
async function guardOf({ allowAddress = [] }: ServeOptions, config: GatewayConfig | undefined): Promise<OutboundGuard> {
  const { createOutboundGuard } = await import("@lumiverse/connections/node");
  const { normalizeBaseURL } = await import("@lumiverse/core/provider");
  const ownURLs = (config?.connections ?? []).flatMap(({ baseURL }) =>
    typeof baseURL === "string" ? [normalizeBaseURL(baseURL, undefined, true).origin] : [],
  );
  return createOutboundGuard({
    allow: [...allowAddress, ...(config?.allowAddresses ?? []), ...ownURLs],
    hint: "Whoever runs the server can allow it: --allow-address, or allowAddresses in the configuration file",
  });
}

async function readConfig(file: string): Promise<GatewayConfig> {
  const { readGatewayConfig } = await import("@lumiverse/gateway");
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause, "config");
  });
  return readGatewayConfig(textOf(bytes), process.env);
}

/** The saved connections, and those of the demo if no connection is saved or --demo asks for them. */
async function withDemoOf(
  { demo: wanted }: ServeOptions,
  config: GatewayConfig | undefined,
  own: Awaited<ReturnType<typeof openSavedConnections>>["profiles"],
  installed: readonly Installed[],
) {
  const { withDemo } = await import("@lumiverse/gateway/admin");
  const none = config === undefined && (await own.list()).length === 0;
  if (wanted === false || (wanted === undefined && !none)) return { profiles: await withDemo(own, undefined), demo: undefined };
  const { openDemo } = await import("@lumiverse/console");
  const { createRegistry } = await import("@lumiverse/core");
  const registry = createRegistry();
  for (const { provider } of installed) registry.register(provider);
  const demo = await openDemo({ registry, fixtures: fixturesOf(installed) });
  return { profiles: await withDemo(own, demo.profiles, { stays: wanted === true }), demo };
}

async function mountPage(
  gateway: Gateway,
  profiles: Awaited<ReturnType<typeof withDemoOf>>["profiles"],
  options: { address: () => string; local: boolean; vaultLocked: boolean; guard: OutboundGuard | undefined },
  screen: Screen,
) {
  const { isBuilt, mountConsole } = await import("@lumiverse/console");
  if (!isBuilt()) {
    screen.line("The page is not built, so only the gateway is served. In a checkout, run: npm run build", "yellow");
    return undefined;
  }
  const { nodeNetwork } = await import("@lumiverse/connections/node");
  const key = adminKey();
  if (!options.local && key === "") {
    screen.line(`The page is not served: set ${ADMIN_KEY_VARIABLE} to the key that opens it from other machines.`, "yellow");
    return undefined;
  }
  return mountConsole(gateway, {
    profiles,
    address: options.address,
    vaultLocked: options.vaultLocked,
    version: (await readManifest(PACKAGE_FOLDER))?.version ?? "unknown",
    network: options.guard?.network ?? nodeNetwork,
    ...(key === "" ? {} : { adminKey: key }),
  });
}

function adminKey(): string {
  return process.env[ADMIN_KEY_VARIABLE] ?? "";
}

/** Listens on the given port. Without one: on the default port, or on any free one if that is taken. */
async function listen(
  gateway: Gateway,
  { host, port, trustedProxies }: { host: string; port: number | undefined; trustedProxies: readonly string[] },
  screen: Screen,
): Promise<GatewayServer> {
  const { DEFAULT_PORT, serveGateway } = await import("@lumiverse/gateway/node");
  const listenOn = (chosen: number): Promise<GatewayServer> =>
    serveGateway(gateway, { host, port: chosen, trustedProxies }).catch((cause: unknown) => {
      if (cause instanceof RangeError)
        throw new LumiverseError({ code: "configuration", field: "trustedProxies", message: cause.message, cause });
      throw listenError(cause, host, chosen);
    });
  if (port !== undefined) return listenOn(port);
  try {
    return await listenOn(DEFAULT_PORT);
  } catch (error) {
    if (!isLumiverseError(error) || !isPortInUse(error.cause)) throw error;
    screen.line(`Port ${DEFAULT_PORT} is already in use, so another one is used.`, "yellow");
    return listenOn(0);
  }
}

async function showAddresses(url: string, opening: string | undefined, local: boolean, screen: Screen): Promise<void> {
  if (screen.json) return screen.outJson({ url, ...(opening === undefined ? {} : { console: opening }) });
  const lines = [
    ...(opening === undefined ? [] : [`Page in the browser   ${opening}`]),
    `OpenAI clients        ${url}/v1`,
    `Anthropic clients     ${url}`,
    `Gemini clients        ${url}`,
    local
      ? "No key is needed on this machine. Models are named connection/model."
      : "Every call needs a key. Models are named connection/model.",
  ];
  await screen.outStyled(`${lines.join("\n")}\n`);
}

/** Resolves with Ctrl-C, or when the process is asked to end. */
async function stopped(screen: Screen): Promise<void> {
  await new Promise<void>((resolve) => {
    screen.interrupt = resolve;
    process.once("SIGTERM", resolve);
    if (screen.signal.aborted) resolve();
    screen.signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function logCall(call: Call, format: ServeOptions["log"], screen: Screen): void {
  if (format === "none") return;
  if (format === "json") return screen.line(JSON.stringify(call));
  screen.line(printableLine(callLine(call)), call.state === "failed" ? "red" : "dim");
}
