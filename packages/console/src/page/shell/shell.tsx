import type { AdminInfo } from "@lumiverse/gateway/admin";
import {
  ActionIcon,
  AppShell,
  Badge,
  Group,
  NavLink,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { IconChartBar, IconKey, IconListDetails, IconLogout, IconMessage, IconMoon, IconPlugConnected, IconSun } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { call } from "../api/client.ts";
import { useIsDemoOnly } from "../api/queries.ts";
import icon from "../shared/icon.svg";

const PAGES = [
  { path: "/chat", label: "Chat", Icon: IconMessage },
  { path: "/connections", label: "Connections", Icon: IconPlugConnected },
  { path: "/usage", label: "Usage", Icon: IconChartBar },
  { path: "/keys", label: "Keys", Icon: IconKey },
  { path: "/logs", label: "Logs", Icon: IconListDetails },
] as const;

export interface ShellProps {
  info: AdminInfo;
  /** The page of the current conversation. */
  chatPath: string;
  children: ReactNode;
}

/** The frame of all pages: navigation at the side, or below on a phone. */
export function Shell({ info, chatPath, children }: ShellProps): ReactNode {
  // With a connection of one's own, the demo's are marked one by one.
  const isDemoOnly = useIsDemoOnly();
  const [location] = useLocation();
  const hrefOf = (path: string): string => (path === "/chat" ? chatPath : path);
  const isActive = (path: string): boolean => location === path || location.startsWith(`${path}/`);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: true } }}
      footer={{ height: { base: 60, sm: 0 } }}
      padding={0}
    >
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <AppShell.Header className="panel">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap={10} wrap="nowrap">
            <img src={icon} alt="" width={26} height={26} />
            <Text fw={700} size="lg" component={Link} href="/" className="plain-link">
              Lumiverse
            </Text>
            {isDemoOnly && (
              <Tooltip label="The connections of the demo answer from prepared examples. No model is called, and nothing is billed.">
                <Badge color="orange" variant="light" className="badge-strong" tabIndex={0}>
                  Demo
                </Badge>
              </Tooltip>
            )}
          </Group>
          <Group gap={4} wrap="nowrap">
            <ColorSchemeButton />
            <Tooltip label="Sign out">
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Sign out" onClick={signOut}>
                <IconLogout size={18} />
              </ActionIcon>
            </Tooltip>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className="panel" aria-label="Pages" visibleFrom="sm">
        {PAGES.map(({ path, label, Icon }) => (
          <NavLink
            key={path}
            component={Link}
            href={hrefOf(path)}
            label={label}
            leftSection={<Icon size={18} aria-hidden />}
            active={isActive(path)}
            {...(isActive(path) ? { "aria-current": "page" as const } : {})}
            className="nav-link"
          />
        ))}
        <Text size="xs" c="dimmed" mt="auto" px="xs">
          {`Version ${info.version}`}
        </Text>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className="page-main">
        {children}
      </AppShell.Main>
      <AppShell.Footer hiddenFrom="sm" className="panel">
        <nav className="tab-bar" aria-label="Pages">
          {PAGES.map(({ path, label, Icon }) => (
            <UnstyledButton key={path} component={Link} href={hrefOf(path)} className="tab" data-active={isActive(path) || undefined}>
              <Icon size={20} aria-hidden />
              <span>{label}</span>
            </UnstyledButton>
          ))}
        </nav>
      </AppShell.Footer>
    </AppShell>
  );
}

function ColorSchemeButton(): ReactNode {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const next = scheme === "dark" ? "light" : "dark";
  return (
    <Tooltip label={`Use the ${next} theme`}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Use the ${next} theme`} onClick={() => setColorScheme(next)}>
        {scheme === "dark" ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

function signOut(): void {
  const leave = (): void => window.location.assign("/");
  call("session", { method: "DELETE" }).then(leave, leave);
}
