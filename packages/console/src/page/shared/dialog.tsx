import { Button, Group, Modal, type ModalProps } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useEffect, useState } from "react";

interface DialogProps extends Omit<ModalProps, "opened" | "closeButtonProps" | "fullScreen"> {
  /** True: the dialog fills the window on a phone. Default false. */
  fillsPhone?: boolean;
}

/** A dialog that is open while it is drawn. The other properties are those of Mantine's Modal. */
export function Dialog({ fillsPhone = false, ...others }: DialogProps): ReactNode {
  const isPhone = useMediaQuery("(max-width: 48em)");
  useReturnedFocus();
  return <Modal opened closeButtonProps={{ "aria-label": "Close" }} fullScreen={fillsPhone && isPhone === true} {...others} />;
}

/** Returns the focus to the control that opened the dialog. Mantine does so only for a dialog that stays drawn while it is closed. */
function useReturnedFocus(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // The timer runs after the dialog has left the page.
      setTimeout(() => {
        const isLost = document.activeElement === null || document.activeElement === document.body;
        if (isLost && opener instanceof HTMLElement) opener.focus();
      });
    },
    [opener],
  );
}

interface FormButtonsProps {
  /** The word on the button that submits the form. */
  action: string;
  isSaving?: boolean;
  disabled?: boolean;
  onCancel: () => void;
}

/** The buttons at the end of a form in a dialog. */
export function FormButtons({ action, isSaving = false, disabled = false, onCancel }: FormButtonsProps): ReactNode {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit" loading={isSaving} disabled={disabled}>
        {action}
      </Button>
    </Group>
  );
}
