import type { CallState } from "@lumiverse/gateway";
import { Badge } from "@mantine/core";
import type { ReactNode } from "react";

const COLORS: Readonly<Record<CallState, string>> = {
  running: "blue",
  finished: "teal",
  failed: "red",
  canceled: "gray",
  interrupted: "orange",
};

export function StateBadge({ state }: { state: CallState }): ReactNode {
  return (
    <Badge size="sm" variant="light" color={COLORS[state]} className="badge-strong">
      {state}
    </Badge>
  );
}
