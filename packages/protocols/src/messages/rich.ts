/** What a request beyond plain text needs: names, tools, media. */
export { toolNames } from "@lumiverse/core/wire";
export { audio, file, image } from "./media.ts";
export { calledNames, renderTools } from "./tools.ts";
