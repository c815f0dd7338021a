import { Button, Group, Modal, Text } from "@mantine/core";
import { type ReactNode, useSyncExternalStore } from "react";

/** A question that is asked before an action that cannot be undone. */
export interface Question {
  title: string;
  text: string;
  /** The word on the button. */
  action: string;
  onConfirm: () => void;
}

let open: Question | undefined;
const listeners = new Set<() => void>();

function set(question: Question | undefined): void {
  open = question;
  for (const listener of listeners) listener();
}

/** Opens the question. `onConfirm` runs if the person agrees. */
export function confirm(question: Question): void {
  set(question);
}

/** Draws the open question. The page contains this component once. */
export function Confirmation(): ReactNode {
  const question = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
  const close = (): void => set(undefined);
  return (
    <Modal
      opened={question !== undefined}
      onClose={close}
      // Above the dialog or drawer that asks the question.
      zIndex={300}
      title={question?.title}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Text size="sm">{question?.text}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          color="red"
          onClick={() => {
            close();
            question?.onConfirm();
          }}
        >
          {question?.action}
        </Button>
      </Group>
    </Modal>
  );
}
