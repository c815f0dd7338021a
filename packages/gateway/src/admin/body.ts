/** Bodies and queries of admin requests, read by schema. */
import type { Context } from "hono";
import type { ZodType } from "zod";
import { DEEPEST_BODY, isTooDeep } from "../inbound/shared/depth.ts";
import { accessIfKnown } from "./access.ts";
import { AdminError, badRequest } from "./errors.ts";

/** Characters of a body at most. A chat may carry images and files. */
const LONGEST_BODY = 64_000_000;

/** @throws AdminError for a body that is too long, no JSON, of another shape, or with a field that the key may not send */
export async function readBody<T>(context: Context, schema: ZodType<T>): Promise<T> {
  const { req } = context;
  const text = await readLimited(req.raw);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest([{ path: "", message: "the body is not JSON" }]);
  }
  if (isTooDeep(value)) throw badRequest([{ path: "", message: `the body is nested more than ${DEEPEST_BODY} levels deep` }]);
  accessIfKnown(context)?.requireFields(value);
  return read(schema, value);
}

/** The query as the schema reads it. */
export function readQuery<T>(context: Context, schema: ZodType<T>): T {
  return read(schema, context.req.query());
}

function read<T>(schema: ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw badRequest(result.error.issues.map(({ path, message }) => ({ path: path.join("."), message })));
}

async function readLimited(request: Request): Promise<string> {
  const tooLarge = (): AdminError =>
    new AdminError(413, { code: "too-large", message: `the body is longer than ${LONGEST_BODY / 1_000_000} MB` });
  if (Number(request.headers.get("content-length") ?? 0) > LONGEST_BODY) throw tooLarge();
  const reader = request.body?.getReader();
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  for (let length = 0; ; ) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return pieces.join("") + decoder.decode();
    length += value.byteLength;
    if (length > LONGEST_BODY) {
      await reader?.cancel();
      throw tooLarge();
    }
    pieces.push(decoder.decode(value, { stream: true }));
  }
}
