import type { ChatRequest, Connection } from "@lumiverse/core";
import { Cooldown, type CooldownOptions } from "./cooldown.ts";

/** Where a request can go: a connection, with a model and request fields of its own where it needs them. */
export type FallbackTarget =
  | Connection
  | {
      connection: Connection;
      /** Replaces the request's model. */
      model?: string;
      /** Laid over the request. */
      options?: Partial<Omit<ChatRequest, "model" | "messages" | "signal">>;
    };

/** A target with what is known about it. */
export interface Target {
  connection: Connection;
  cooldown: Cooldown;
  /** Shown in notes and errors: `groq`, or `groq (llama-3.3-70b)`. */
  name: string;
  requestFor(request: ChatRequest): ChatRequest;
}

export function readTarget(given: FallbackTarget, cooldown: CooldownOptions): Target {
  const { connection, model, options } = "connection" in given ? given : { connection: given, model: undefined, options: undefined };
  const { id } = connection.provider;
  return {
    connection,
    cooldown: new Cooldown(cooldown),
    name: model === undefined ? id : `${id} (${model})`,
    requestFor: (request) => ({ ...request, ...options, ...(model === undefined ? {} : { model }) }),
  };
}

/** The targets to try, in order: those that do not rest. When all rest, the one whose rest ends first, so that one target is always tried. */
export function availableTargets(targets: readonly Target[]): readonly Target[] {
  const available = targets.filter(({ cooldown }) => !cooldown.resting);
  if (available.length > 0) return available;
  return [...targets].sort((a, b) => a.cooldown.until - b.cooldown.until).slice(0, 1);
}
