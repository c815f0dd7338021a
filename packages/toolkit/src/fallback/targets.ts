import type { ChatRequest, Connection } from "@lumiverse/core";
import { Cooldown, type CooldownOptions, type TargetCooldown } from "./cooldown.ts";

/** Where a request can go: a connection, with a model and request fields of its own where it needs them. */
export type FallbackTarget =
  | Connection
  | {
      connection: Connection;
      /** Replaces the request's model. */
      model?: string;
      /** Laid over the request. */
      options?: Partial<Omit<ChatRequest, "model" | "messages" | "signal">>;
      /** Shown in notes and errors. Default: the provider's id, with the model where one is given. */
      name?: string;
      /** Remembers the failures of the target. Default: in memory, for this fallback alone. */
      cooldown?: TargetCooldown;
    };

/** A target with what is known about it. */
export interface Target {
  connection: Connection;
  cooldown: TargetCooldown;
  /** Shown in notes and errors: `groq`, or `groq (llama-3.3-70b)`. */
  name: string;
  requestFor(request: ChatRequest): ChatRequest;
}

export function readTarget(given: FallbackTarget, cooldown: CooldownOptions): Target {
  const target: Exclude<FallbackTarget, Connection> = "connection" in given ? given : { connection: given };
  const { connection, model, options } = target;
  const { id } = connection.provider;
  return {
    connection,
    cooldown: target.cooldown ?? new Cooldown(cooldown),
    name: target.name ?? (model === undefined ? id : `${id} (${model})`),
    requestFor: (request) => ({ ...request, ...options, ...(model === undefined ? {} : { model }) }),
  };
}

/** The targets to try, in order: those that do not rest. When all rest, the one whose rest ends first, so that one target is always tried. */
export function availableTargets(targets: readonly Target[]): readonly Target[] {
  const available = targets.filter(({ cooldown }) => !cooldown.resting);
  if (available.length > 0) return available;
  return [...targets].sort((a, b) => a.cooldown.until - b.cooldown.until).slice(0, 1);
}
