import { Anchor } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "wouter";

export function BackLink({ href, label }: { href: string; label: string }): ReactNode {
  return (
    <Anchor component={Link} href={href} size="sm" className="back-link">
      <IconArrowLeft size={14} aria-hidden />
      {label}
    </Anchor>
  );
}
