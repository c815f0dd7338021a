import { Modal, type ModalProps } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useEffect, useState } from "react";

interface DialogProps extends Omit<ModalProps, "opened" | "closeButtonProps" | "fullScreen"> {
  /** True: it fills the window of a phone. */
  fillsPhone?: boolean;
}

/** A dialog that is open as long as it is drawn. Other properties are those of Mantine's Modal. */
export function Dialog({ fillsPhone = false, ...others }: DialogProps): ReactNode {
  const isPhone = useMediaQuery("(max-width: 48em)");
  useReturnedFocus();
  return <Modal opened closeButtonProps={{ "aria-label": "Close" }} fullScreen={fillsPhone && isPhone === true} {...others} />;
}

/** The focus returns to the control that opened the dialog. The library does so only for a dialog that stays drawn while it is closed. */
function useReturnedFocus(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // The dialog has left the page by then.
      setTimeout(() => {
        const isLost = document.activeElement === null || document.activeElement === document.body;
        if (isLost && opener instanceof HTMLElement) opener.focus();
      });
    },
    [opener],
  );
}
