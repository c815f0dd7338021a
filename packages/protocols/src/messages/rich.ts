/** What a request beyond plain text needs: names, tools, media. */
export { toolNames } from "@lumiverse/core/wire";
export { calledNames } from "../called-names.ts";
export { audio, file, image } from "./media.ts";
export { renderTools } from "./tools.ts";
