import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** The heading of a page, with what it is for and its actions. */
export function PageHeader({ title, text, children }: { title: string; text?: ReactNode; children?: ReactNode }): ReactNode {
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="md">
      <div className="page-title">
        <Title order={1} size="h2">
          {title}
        </Title>
        {text !== undefined && (
          <Text c="dimmed" size="sm" maw={640}>
            {text}
          </Text>
        )}
      </div>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
