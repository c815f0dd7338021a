import { rich } from "../src/chat-completions/plain.ts";
import { rich as contents } from "../src/generate-content/contents.ts";
import { rich as turns } from "../src/messages/turns.ts";
import { rich as input } from "../src/responses/input.ts";
import { compiler } from "../src/schema.ts";

// Tests of a wire's render call it directly; core awaits `load` first.
await Promise.all([compiler, rich, contents, turns, input].map((door) => door.enter()));
