import { ThreadPrimitive } from "@assistant-ui/react";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { Button, Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useConnections } from "../api/queries.ts";
import { DEMO_COSTS } from "../shared/demo-costs.ts";
import { Waiting } from "../shared/waiting.tsx";
import { useChat } from "./chat-provider.tsx";
import { focusComposer } from "./composer.tsx";

const IDEAS = ["Explain prompt caching in two sentences.", "Write a haiku about streams.", "What can you do with an image?"] as const;

/** What an empty conversation shows: ideas for a first message, or what is missing for a chat. */
export function Welcome(): ReactNode {
  const { connection } = useChat();
  const connections = useConnections();
  if (connections.data?.length === 0) return <NoConnection />;
  if (connections.data === undefined)
    return (
      <div className="welcome">
        <Waiting query={connections} what="connections" />
      </div>
    );
  return (
    <div className="welcome">
      <Title order={2} size="h3">
        What would you like to ask?
      </Title>
      <Text c="dimmed" size="sm" maw={480} ta="center">
        {`${aboutConnection(connection)}You can choose another model above at any time; the conversation continues.`}
      </Text>
      <Group justify="center" gap="xs">
        {IDEAS.map((idea) => (
          <ThreadPrimitive.Suggestion key={idea} prompt={idea} asChild>
            <Button variant="default" size="xs" onClick={focusComposer}>
              {idea}
            </Button>
          </ThreadPrimitive.Suggestion>
        ))}
      </Group>
    </div>
  );
}

function aboutConnection(connection: ConnectionView | undefined): string {
  if (connection?.demo === true) return `This is a demo connection. It answers every message with a prepared example. ${DEMO_COSTS} `;
  return connection?.profile.isEnabled === false ? `${connection.profile.name} is switched off, so it does not answer. ` : "";
}

function NoConnection(): ReactNode {
  return (
    <div className="welcome">
      <Title order={2} size="h3">
        There is no connection yet
      </Title>
      <Text c="dimmed" size="sm" maw={480} ta="center">
        A chat needs a connection: to a vendor with your key, or to a model server on this machine.
      </Text>
      <Button component={Link} href="/connections/new">
        Choose a provider
      </Button>
    </div>
  );
}
