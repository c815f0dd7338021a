/** What a request beyond plain text needs: names, tools, raw parameters, turns of parts. */
export { placeParameters } from "./parameters.ts";
export { namesOf, renderTools } from "./tools.ts";
export { modelParts, renderResults, userParts } from "./turns.ts";
