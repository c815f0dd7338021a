import type { CallState } from "@lumiverse/gateway";
import type { ReactNode } from "react";
import { LightBadge } from "../shared/light-badge.tsx";

const COLORS: Readonly<Record<CallState, string>> = {
  running: "blue",
  finished: "teal",
  failed: "red",
  canceled: "gray",
  interrupted: "orange",
};

export function StateBadge({ state }: { state: CallState }): ReactNode {
  return <LightBadge color={COLORS[state]}>{state}</LightBadge>;
}
