import { issueText } from "@lumiverse/connections";
import { Alert, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiFailure } from "../api/client.ts";
import { sentence, withStop } from "./format.ts";

/** Shows an error: what happened and what to do. */
export function Failure({ error, title }: { error: unknown; title?: string }): ReactNode {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiFailure ? error.hint : undefined;
  const issues = error instanceof ApiFailure ? error.issues : [];
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={title} role="alert" variant="light">
      {issues.length > 1 ? (
        <List size="sm">
          {issues.map((issue) => (
            <List.Item key={`${issue.path} ${issue.message}`}>{sentence(issueText(issue))}</List.Item>
          ))}
        </List>
      ) : (
        <Text size="sm" className="wrap">
          {withStop(sentence(message))}
        </Text>
      )}
      {hint !== undefined && (
        <Text size="sm" mt={4} className="wrap">
          {withStop(sentence(hint))}
        </Text>
      )}
    </Alert>
  );
}
