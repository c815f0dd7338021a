import { Avatar } from "@mantine/core";
import type { ReactNode } from "react";

const COLORS = ["indigo", "teal", "grape", "cyan", "pink", "violet", "blue", "red"] as const;

/** The first two letters of a provider. Their background follows from its id, and is dark enough for white letters. */
export function ProviderMark({ id, name, size = 36 }: { id: string; name: string; size?: number }): ReactNode {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 997;
  return (
    <Avatar color={`${COLORS[hash % COLORS.length] ?? "indigo"}.9`} variant="filled" radius="md" size={size} aria-hidden>
      {name.replace(/[^\p{L}\p{N}]/gu, "").slice(0, 2)}
    </Avatar>
  );
}
