import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** The heading of a page. `text` says what the page is for, and `children` are its buttons. */
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
