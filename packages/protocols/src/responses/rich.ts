/** What a request beyond plain text needs: names, tools, parameters of another wire, turns of parts. */
export { toolNames } from "@lumiverse/core/wire";
export { calledNames } from "../called-names.ts";
export { assistantItems } from "./assistant.ts";
export { translate } from "./parameters.ts";
export { formatOf, functionTool, wireName } from "./tools.ts";
export { results, userParts } from "./turns.ts";
