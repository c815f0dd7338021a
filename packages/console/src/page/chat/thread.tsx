import { ThreadPrimitive } from "@assistant-ui/react";
import { ActionIcon } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Composer } from "./composer.tsx";
import { Messages } from "./messages.tsx";
import { Welcome } from "./welcome.tsx";

/** The messages of a conversation, and the field for the next one. */
export function Thread(): ReactNode {
  return (
    <ThreadPrimitive.Root className="thread">
      <ThreadPrimitive.Viewport className="thread-viewport" tabIndex={0} role="log" aria-label="Conversation">
        <ThreadPrimitive.Empty>
          <Welcome />
        </ThreadPrimitive.Empty>
        <Messages />
        <div className="thread-end">
          <ThreadPrimitive.ScrollToBottom asChild>
            <ActionIcon variant="default" radius="xl" className="to-bottom" aria-label="Go to the end">
              <IconArrowDown size={16} />
            </ActionIcon>
          </ThreadPrimitive.ScrollToBottom>
        </div>
      </ThreadPrimitive.Viewport>
      <Composer />
    </ThreadPrimitive.Root>
  );
}
