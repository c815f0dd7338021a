import { type CSSVariablesResolver, createTheme, Loader, type MantineThemeOverride } from "@mantine/core";

const FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export const theme: MantineThemeOverride = createTheme({
  primaryColor: "indigo",
  // White text on shade 6 has a contrast below 4.5.
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  defaultRadius: "md",
  fontFamily: FONT,
  headings: { fontFamily: FONT, fontWeight: "650" },
  cursorType: "pointer",
  components: {
    // ARIA allows a name only on an element with a role.
    Loader: Loader.extend({ defaultProps: { role: "status" } }),
  },
});

/** Secondary text and placeholders with a contrast of at least 4.5 on every background of the page. */
export const cssVariables: CSSVariablesResolver = (resolved) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": resolved.colors.gray[7],
    "--mantine-color-placeholder": resolved.colors.gray[7],
    "--mantine-color-error": resolved.colors.red[9],
    "--page-ink": "#000000",
    "--page-background": resolved.colors.gray[0],
    "--panel-background": "#ffffff",
    "--panel-border": resolved.colors.gray[3],
    "--bubble-background": resolved.colors.indigo[0],
    "--code-background": resolved.colors.gray[2],
  },
  dark: {
    "--mantine-color-dimmed": resolved.colors.dark[1],
    "--mantine-color-placeholder": resolved.colors.dark[1],
    "--mantine-color-error": resolved.colors.red[4],
    "--page-ink": "#ffffff",
    "--page-background": resolved.colors.dark[8],
    "--panel-background": resolved.colors.dark[7],
    "--panel-border": resolved.colors.dark[5],
    "--bubble-background": resolved.colors.dark[6],
    "--code-background": resolved.colors.dark[6],
  },
});
