/** What is true of a Kimi model on every host that serves it. Sources: https://platform.moonshot.ai/docs and reports of other clients, read November 2026. */
import { atLeast, versionOf } from "./version.ts";

/** Traits of a model that its version decides. */
export interface KimiTraits {
  /** Whether the model reasons. */
  reasons: boolean;
  /** Effort words, weakest first. Empty: the model accepts none. */
  effort: readonly string[];
}

/** A dot is a `p` at Fireworks (`kimi-k2p6`). A date is not a version. */
const ID = /^kimi-k(\d{1,2})(?:[.p](\d{1,2}))?(?![\d.])/;

/** The traits of a model. Undefined for ids that name no Kimi model. An alias without a number (`kimi`, `kimi-latest`) points to the newest model. */
export function kimiTraits(id: string): KimiTraits | undefined {
  const name = id.toLowerCase().replace(/^.*\//, "");
  if (!/^kimi(?:-|:|$)/.test(name)) return undefined;
  const version = versionOf(name, ID) ?? [99];
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  return {
    reasons: since(2, 5) || name.includes("thinking"),
    effort: since(3) ? ["low", "high", "max"] : [], // K2.x knows only on and off
  };
}
