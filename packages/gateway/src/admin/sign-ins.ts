/** Signing in with a vendor: the key that it issues is stored in the vault, and the page never receives it. */
import { finishSignIn, type Profile, type SignInTarget, startSignIn } from "@lumiverse/connections";
import { Hono } from "hono";
import { z } from "zod";
import type { SignIns } from "../sessions/session.ts";
import { accessOf } from "./access.ts";
import { readBody } from "./body.ts";
import type { WithDemo } from "./demo.ts";
import { requireProfile, values } from "./draft.ts";
import { AdminError } from "./errors.ts";
import type { SignInStarted } from "./wire.ts";

export interface SignInRouteOptions {
  profiles: WithDemo;
  signIns: SignIns;
  /** The page that the vendor sends the person back to. It comes from configuration, never from a request. */
  callback: () => string;
}

const started = z.union([z.object({ connection: z.string() }), z.object({ provider: z.string(), values })]);
const finished = z.object({
  token: z.string().max(1000),
  /** The address that the person came back to, or the code in it, as pasted. It is read, never fetched. */
  returned: z.string().min(1).max(4000),
});

export function signInRoutes({ profiles, signIns, callback }: SignInRouteOptions): Hono {
  /** Requests that are finishing a sign-in, by token and what was returned: a page that sends both twice receives one answer. */
  const finishing = new Map<string, Promise<Profile>>();
  const finish = async (token: string, returned: string): Promise<Profile> => {
    const profile = await signIns.finish(token, (pending) => finishSignIn(profiles, pending, returned));
    if (profile !== undefined) return profile;
    throw new AdminError(404, {
      code: "not-found",
      message: "this sign-in is not known, it took too long, or another page is finishing it",
      hint: "Look whether the connection is there. Otherwise start the sign-in again",
    });
  };
  return new Hono()
    .post("/", async (context) => {
      const body = await readBody(context, started);
      // The key comes from the sign-in, which has a permission of its own.
      if ("values" in body && (body.values["baseURL"] ?? "") !== "")
        accessOf(context).assertMay("connections.address", 'send the field "values.baseURL"');
      const target: SignInTarget =
        "connection" in body ? { profile: body.connection } : { create: await inputOf(profiles, body.provider, body.values) };
      const { url, pending } = await startSignIn(profiles, target, callback());
      const { token, expiresAt } = await signIns.begin(pending);
      return context.json({ token, url, expiresAt } satisfies SignInStarted, 201);
    })
    .post("/finish", async (context) => {
      const { token, returned } = await readBody(context, finished);
      const key = JSON.stringify([token, returned]);
      const running = finishing.get(key) ?? finish(token, returned).finally(() => finishing.delete(key));
      finishing.set(key, running);
      const { id, name } = await running;
      return context.json({ id, name });
    });
}

/** A connection that receives its key when the sign-in succeeds. */
async function inputOf(
  profiles: WithDemo,
  provider: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Extract<SignInTarget, { create: unknown }>["create"]> {
  const { key: _key, auth: _auth, ...others } = given;
  // The key is the only thing that may be missing.
  const { auth: _, key: __, ...input } = await requireProfile(profiles, provider, { values: { ...others, auth: "environment" } });
  return input;
}
