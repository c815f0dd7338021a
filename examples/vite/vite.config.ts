import { defaultClientConditions, defineConfig, type UserConfig } from "vite";

// In this repository the packages are used without a build. With packages from npm, no configuration is needed.
const config: UserConfig = defineConfig({ resolve: { conditions: ["@lumiverse/source", ...defaultClientConditions] } });
export default config;
