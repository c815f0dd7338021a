// deno.ts with the replay server in place of Groq.
import "./to-replay-server.js";

export { default } from "../deno.ts";
