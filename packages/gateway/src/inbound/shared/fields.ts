/** Reads the fields of a client's body. A field that is absent or null is undefined; a value of another type is an error with its path. */
import { LumiverseError } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { DEEPEST_BODY, isTooDeep } from "./depth.ts";

export function invalid(field: string, message: string): LumiverseError {
  return new LumiverseError({ code: "invalid-request", status: 400, field, message, retryable: false });
}

function wrong(value: unknown, field: string, expected: string): LumiverseError {
  const given = Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
  return invalid(field, `${field} is ${given}; it must be ${expected}`);
}

/** The body as an object. @throws LumiverseError for anything else, and for a body that is nested too deeply */
export function bodyObject(body: unknown): JsonObject {
  if (!isObject(body)) throw invalid("body", "the body must be a JSON object");
  if (isTooDeep(body)) throw invalid("body", `the body is nested more than ${DEEPEST_BODY} levels deep`);
  return body;
}

export function text(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrong(value, field, "a text");
  return value;
}

export function requiredText(value: unknown, field: string): string {
  const read = text(value, field);
  if (read === undefined || read === "") throw invalid(field, `${field} is required`);
  return read;
}

export function number(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(value, field, "a number");
  return value;
}

export function boolean(value: unknown, field: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw wrong(value, field, "true or false");
  return value;
}

export function object(value: unknown, field: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw wrong(value, field, "an object");
  return value;
}

export function requiredObject(value: unknown, field: string): JsonObject {
  const read = object(value, field);
  if (read === undefined) throw invalid(field, `${field} is required`);
  return read;
}

export function list(value: unknown, field: string): readonly unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrong(value, field, "a list");
  return value;
}

export function requiredList(value: unknown, field: string): readonly unknown[] {
  const read = list(value, field);
  if (read === undefined) throw invalid(field, `${field} is required`);
  return read;
}

/** One text, or a list of texts. */
export function texts(value: unknown, field: string): string | readonly string[] | undefined {
  if (typeof value === "string") return value;
  return list(value, field)?.map((item, i) => requiredTextOrEmpty(item, `${field}[${i}]`));
}

function requiredTextOrEmpty(value: unknown, field: string): string {
  const read = text(value, field);
  if (read === undefined) throw invalid(field, `${field} must be a text`);
  return read;
}
