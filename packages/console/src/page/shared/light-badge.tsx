import { Badge } from "@mantine/core";
import type { ComponentProps, ReactNode } from "react";

/** A badge on a light background, small by default. The class gives its text enough contrast. A tooltip around the badge adds a class of its own. */
export function LightBadge({ className = "", ...others }: ComponentProps<typeof Badge<"div">>): ReactNode {
  return <Badge size="sm" variant="light" className={`badge-strong ${className}`} {...others} />;
}
