/** Connections as a file: exported without secrets or with them under a passphrase, and imported after a preview of the changes. */
import { exportProfiles, importProfiles, type Profiles, previewImport } from "@lumiverse/connections";
import { Hono } from "hono";
import { z } from "zod";
import { readBody } from "./body.ts";
import type { WithDemo } from "./demo.ts";
import type { ImportedConnections, TransferFile } from "./wire.ts";

const passphrase = z.string().max(1000).optional();
const exportBody = z.object({ ids: z.array(z.string()).max(10_000).optional(), passphrase });
const previewBody = z.object({ file: z.string(), passphrase });
const importBody = previewBody.extend({ accepted: z.array(z.number().int().min(0)).max(10_000) });

/** An empty field of a form is no passphrase. */
function withPassphrase<T extends { passphrase?: string | undefined }>({
  passphrase,
  ...others
}: T): Omit<T, "passphrase"> & { passphrase?: string } {
  return passphrase === undefined || passphrase === "" ? others : { ...others, passphrase };
}

export function transferRoutes(all: WithDemo): Hono {
  // Connections of the demo are neither exported nor compared.
  const profiles: Profiles = { ...all, list: async () => (await all.list()).filter(({ id }) => !all.isDemo(id)) };
  return new Hono()
    .post("/export", async (context) => {
      const { ids, ...options } = withPassphrase(await readBody(context, exportBody));
      const chosen = ids?.filter((id) => !all.isDemo(id));
      return context.json({
        file: await exportProfiles(profiles, { ...(chosen === undefined ? {} : { ids: chosen }), ...options }),
      } satisfies TransferFile);
    })
    .post("/import/preview", async (context) => {
      const { file, passphrase: secret } = withPassphrase(await readBody(context, previewBody));
      return context.json(await previewImport(profiles, file, secret));
    })
    .post("/import", async (context) => {
      const { file, accepted, passphrase: secret } = withPassphrase(await readBody(context, importBody));
      const created = await importProfiles(profiles, file, accepted, secret);
      return context.json({ imported: created.map(({ id, name }) => ({ id, name })) } satisfies ImportedConnections, 201);
    });
}
