import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { confirm } from "./confirm.tsx";

/** A button with three dots that opens a menu of `children`. `of` names what the actions concern, for screen readers. */
export function ActionsMenu({ of, children }: { of: string; children: ReactNode }): ReactNode {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${of}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

interface RemoveItemProps {
  /** The word on the item and on the button that confirms it. */
  action: string;
  /** The question of the confirmation. */
  title: string;
  /** What is lost. */
  text: string;
  onConfirm: () => void;
}

/** An item of a menu that removes something after the person has confirmed it. */
export function RemoveItem({ action, title, text, onConfirm }: RemoveItemProps): ReactNode {
  return (
    <Menu.Item color="red" leftSection={<IconTrash size={14} aria-hidden />} onClick={() => confirm({ title, text, action, onConfirm })}>
      {action}
    </Menu.Item>
  );
}
