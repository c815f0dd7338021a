// Loaded before an example in Bun, Deno and workerd. Requests to Groq go to the replay server that REPLAY_SERVER names.
const server = globalThis.REPLAY_SERVER ?? process.env.REPLAY_SERVER;
const direct = globalThis.fetch;
globalThis.fetch = (input, init) =>
  direct(String(input instanceof Request ? input.url : input).replace("https://api.groq.com", server), init);
