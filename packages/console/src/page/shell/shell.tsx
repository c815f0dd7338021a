import type { AdminInfo } from "@lumiverse/gateway/admin";
import {
  ActionIcon,
  AppShell,
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
import { LightBadge } from "../shared/light-badge.tsx";

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

/** The frame of all pages. Its navigation is at the side, and on a phone at the bottom. */
export function Shell({ info, chatPath, children }: ShellProps): ReactNode {
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
        <Header />
      </AppShell.Header>
      <AppShell.Navbar p="sm" className="panel" aria-label="Pages" visibleFrom="sm">
        <SideNavigation chatPath={chatPath} />
        <Text size="xs" c="dimmed" mt="auto" px="xs">
          {`Version ${info.version}`}
        </Text>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className="page-main">
        {children}
      </AppShell.Main>
      <AppShell.Footer hiddenFrom="sm" className="panel">
        <TabBar chatPath={chatPath} />
      </AppShell.Footer>
    </AppShell>
  );
}

function Header(): ReactNode {
  // Once there is a connection that is not from the demo, each card of the demo has its own mark.
  const isDemoOnly = useIsDemoOnly();
  return (
    <Group h="100%" px="md" justify="space-between" wrap="nowrap">
      <Group gap={10} wrap="nowrap">
        <img src={icon} alt="" width={26} height={26} />
        <Text fw={700} size="lg" component={Link} href="/" className="plain-link">
          Lumiverse
        </Text>
        {isDemoOnly && (
          <Tooltip label="The connections of the demo answer with prepared examples. No model is called, and nothing is billed: costs are what the vendor would bill.">
            <LightBadge size="md" color="orange" tabIndex={0}>
              Demo
            </LightBadge>
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
  );
}

function SideNavigation({ chatPath }: { chatPath: string }): ReactNode {
  return useLinks(chatPath).map(({ path, label, Icon, href, isActive }) => (
    <NavLink
      key={path}
      component={Link}
      href={href}
      label={label}
      leftSection={<Icon size={18} aria-hidden />}
      active={isActive}
      {...(isActive ? { "aria-current": "page" as const } : {})}
      className="nav-link"
    />
  ));
}

function TabBar({ chatPath }: { chatPath: string }): ReactNode {
  const links = useLinks(chatPath);
  return (
    <nav className="tab-bar" aria-label="Pages">
      {links.map(({ path, label, Icon, href, isActive }) => (
        <UnstyledButton
          key={path}
          component={Link}
          href={href}
          className="tab"
          data-active={isActive || undefined}
          {...(isActive ? { "aria-current": "page" as const } : {})}
        >
          <Icon size={20} aria-hidden />
          <span>{label}</span>
        </UnstyledButton>
      ))}
    </nav>
  );
}

type PageLink = (typeof PAGES)[number] & { href: string; isActive: boolean };

function useLinks(chatPath: string): PageLink[] {
  const [location] = useLocation();
  return PAGES.map((page) => ({
    ...page,
    href: page.path === "/chat" ? chatPath : page.path,
    isActive: location === page.path || location.startsWith(`${page.path}/`),
  }));
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
