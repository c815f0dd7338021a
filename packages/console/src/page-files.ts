/** Serves the static files of the page that `npm run build` writes. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../dist/page", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/**
 * The content security policy of the page. Nothing is loaded from another host. Inline scripts and `eval` are refused. Inline styles are allowed, because the
 * component library sets some; text of models and vendors never becomes a style. `data:` and `blob:` are the images and sounds of a conversation.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

interface PageFile {
  type: string;
  body: Uint8Array<ArrayBuffer>;
  /** The compressed body. The first client that accepts it causes its compression. */
  gzip?: Promise<Uint8Array<ArrayBuffer>>;
}

/** Tells whether the page is built. A checkout has no page before `npm run build`. */
export function isBuilt(): boolean {
  return existsSync(join(FOLDER, "index.html"));
}

/**
 * Returns a function that answers requests for the page. A path without a file extension is a route of the page: the answer is `index.html`, whose script shows
 * that route.
 * @throws Error when the page is not built
 */
export async function pageFiles(): Promise<(request: Request) => Promise<Response>> {
  if (!isBuilt()) throw new Error("The page of the console is not built. Run: npm run build");
  const files = await readFiles();
  const index = files.get("/index.html");
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response("Use GET or HEAD.", { status: 405, headers: { ...HEADERS, allow: "GET, HEAD" } });
    const { pathname } = new URL(request.url);
    const file = files.get(pathname);
    // A browser must not receive HTML in place of a script that is missing.
    if (file === undefined && extname(pathname) !== "") return new Response("There is no such file.", { status: 404, headers: HEADERS });
    const chosen = file ?? index;
    if (chosen === undefined) return new Response("There is no such page.", { status: 404, headers: HEADERS });
    // The build gives a file a new name when its contents change.
    const isVersioned = pathname.startsWith("/assets/") && file !== undefined;
    const headers = {
      ...HEADERS,
      "content-type": chosen.type,
      "cache-control": isVersioned ? "public, max-age=31536000, immutable" : "no-cache",
      vary: "accept-encoding",
    };
    const acceptsGzip = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
    if (!acceptsGzip || chosen.type === "font/woff2") return new Response(request.method === "HEAD" ? null : chosen.body, { headers });
    chosen.gzip ??= compressed(chosen.body);
    return new Response(request.method === "HEAD" ? null : await chosen.gzip, { headers: { ...headers, "content-encoding": "gzip" } });
  };
}

async function readFiles(): Promise<Map<string, PageFile>> {
  const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }): Promise<readonly [string, PageFile]> => {
        const path = join(parentPath, name);
        const body = new Uint8Array(await readFile(path));
        return [`/${relative(FOLDER, path).split(sep).join("/")}`, { type: TYPES[extname(name)] ?? "application/octet-stream", body }];
      }),
    ),
  );
}

async function compressed(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Response(body).body?.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream ?? null).arrayBuffer());
}
