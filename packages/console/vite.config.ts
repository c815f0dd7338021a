import react from "@vitejs/plugin-react";
import { defineConfig, type UserConfig } from "vite";

// Builds the page into static files beside the compiled module that names them.
const config: UserConfig = defineConfig({
  root: "src/page",
  base: "/",
  plugins: [react()],
  resolve: { conditions: ["@lumiverse/source", "module", "browser", "development|production"] },
  build: {
    outDir: "../../dist/page",
    emptyOutDir: true,
    target: "es2023",
    // An inlined file would be a data URL, which the content security policy allows for images only.
    assetsInlineLimit: 0,
    // Preloading is done by a script element of the page itself, so that the policy needs no exception.
    modulePreload: { polyfill: false },
    // What is bundled is named with its license.
    license: { fileName: "licenses.md" },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
});

export default config;
