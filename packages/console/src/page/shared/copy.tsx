import { ActionIcon, type ActionIconProps, Button, type ButtonProps, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { notifyFailed } from "./notify.ts";

/** Milliseconds for which a button shows "Copied". */
const SHOWN = 1500;

export function CopyButton({ text, ...others }: ButtonProps & { text: string }): ReactNode {
  const { isCopied, copy } = useCopy();
  return (
    <Button
      leftSection={isCopied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
      {...others}
      onClick={() => copy(text)}
    >
      {isCopied ? "Copied" : "Copy"}
    </Button>
  );
}

interface CopyIconProps extends ActionIconProps {
  /** The text, or a function that puts it together when the person copies it. */
  text: string | (() => string);
  /** The name of the button for screen readers. */
  label: string;
}

export function CopyIcon({ text, label, ...others }: CopyIconProps): ReactNode {
  const { isCopied, copy } = useCopy();
  return (
    <Tooltip label={isCopied ? "Copied" : "Copy"}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label}
        {...others}
        onClick={() => copy(typeof text === "string" ? text : text())}
      >
        {isCopied ? <IconCheck size={15} /> : <IconCopy size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}

function useCopy(): { isCopied: boolean; copy: (text: string) => void } {
  const [isCopied, setCopied] = useState(false);
  const copy = (text: string): void => {
    copyText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), SHOWN);
    }, notifyFailed);
  };
  return { isCopied, copy };
}

/** Browsers offer their clipboard API only on https and on localhost. Elsewhere their older `copy` command copies the selected text. */
async function copyText(text: string): Promise<void> {
  if ("clipboard" in navigator) return navigator.clipboard.writeText(text);
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  // An open dialog takes the focus back from an element outside of it, so the text area goes into the dialog.
  (before?.closest("[role=dialog]") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  if (!isCopied) throw new Error("The browser refused to copy. Select the text and copy it yourself.");
}
