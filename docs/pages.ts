// The pages of the site, in the order of the sidebar. A test fails when the list lacks a page or names a page that does not exist.

export interface Page {
  title: string;
  /** Relative to `docs`, without `.md`. */
  path: string;
  /** What a reader finds there, in one sentence. */
  about: string;
}

const usingModels: readonly Page[] = [
  { title: "Streaming", path: "guides/streaming", about: "Every event, the rules you can rely on, finish reasons." },
  { title: "Tools in a loop", path: "guides/tools", about: "The tool loop, approval, limits, resuming, MCP." },
  { title: "Structured output", path: "guides/structured-output", about: "JSON Schema, zod and others; what vendors do with it." },
  { title: "Images, audio and files", path: "guides/images-and-files", about: "Parts of a message, and models that cannot read them." },
  { title: "Reasoning", path: "guides/reasoning", about: "One scale for all vendors; reasoning in conversations." },
  {
    title: "Prompt caching",
    path: "guides/prompt-caching",
    about: "When to use which breakpoint, and why nothing was read from the cache.",
  },
  { title: "Errors, retries and timeouts", path: "guides/errors", about: "Every code, what is repeated, every limit." },
  { title: "Change the provider", path: "guides/changing-provider", about: "Continue a conversation with another provider or model." },
  { title: "Models and capabilities", path: "guides/models", about: "Live lists, the catalogue, supports, unsupported, settings." },
  { title: "Cost and accounts", path: "guides/cost", about: "Usage, prices, balances, key checks." },
  { title: "Local and custom servers", path: "guides/local-servers", about: "LM Studio, Ollama, llama.cpp, vLLM and your own." },
  { title: "Base URLs and proxies", path: "guides/base-urls", about: "Another host, corporate proxies, long waits." },
  { title: "Browsers and CORS", path: "guides/browsers", about: "What works from a page, and what a key means there." },
];

const applications: readonly Page[] = [
  { title: "What people can set up", path: "features", about: "Every feature with a command and its output." },
  { title: "Connections", path: "guides/connections", about: "Saved connections with keys, forms, cards and a doctor." },
  { title: "The console", path: "guides/console", about: "The page in the browser: connect, chat, see every call." },
  { title: "The gateway", path: "gateway", about: "One address for every OpenAI, Anthropic and Gemini client." },
  { title: "The admin API", path: "admin-api", about: "The HTTP API of the console, for your programs." },
  { title: "Beyond one process", path: "scale", about: "How much load one gateway carries, and PostgreSQL for several." },
  { title: "Sign in", path: "guides/sign-in", about: "OAuth with PKCE instead of a pasted key." },
  { title: "Fall back to another provider", path: "guides/fallback", about: "Routes, cooldowns, and what may be repeated." },
  { title: "Cache, budget and logging", path: "guides/middleware", about: "Middleware around every call." },
  { title: "Models by name", path: "guides/client", about: "One client for several connections." },
  { title: "Stream objects", path: "guides/object-streams", about: "Typed objects while they arrive." },
  {
    title: "Stream to the browser and back",
    path: "guides/browser-streams",
    about: "One handler for each server, reading in the page, resuming.",
  },
  { title: "Use a connection in the AI SDK", path: "guides/ai-sdk", about: "generateText, streamText, agents, useChat." },
  { title: "Observability", path: "guides/telemetry", about: "OpenTelemetry spans and metrics, and an observer of your own." },
  { title: "Test your application", path: "guides/testing", about: "The mock provider." },
  { title: "Security model", path: "guides/security-model", about: "Who is trusted with what, and what you decide." },
];

const authors: readonly Page[] = [
  { title: "Write a provider in an evening", path: "guides/write-a-provider", about: "From an empty folder to a published package." },
  { title: "How conformance judges", path: "guides/conformance", about: "What the suite requires of a provider." },
  { title: "Between versions", path: "guides/compatibility", about: "What a minor version may change, and how long a contract lives." },
];

export const sections: readonly { title: string; pages: readonly Page[] }[] = [
  { title: "Start", pages: [{ title: "Getting started", path: "start", about: "Install a provider and ask the first question." }] },
  { title: "Use models", pages: usingModels },
  { title: "Build applications", pages: applications },
  { title: "Write providers", pages: authors },
  {
    title: "Proofs",
    pages: [
      {
        title: "Oddities of the vendors",
        path: "gotchas",
        about: "The unusual behaviour of each provider, with the fixture that tests it.",
      },
      { title: "Network faults", path: "faults", about: "What each provider returns for each fault." },
      { title: "Deliberate bugs", path: "mutants", about: "Mistakes put into every provider on purpose, and the checks that catch them." },
      { title: "How fast it is", path: "benchmarks", about: "Every measured row, beside the limit and comparable libraries." },
      { title: "Security", path: "security", about: "What is promised, and the test of each promise." },
    ],
  },
  {
    title: "Decisions",
    pages: [
      { title: "The contract", path: "decisions/contract", about: "Why providers and protocols look as they do." },
      {
        title: "Protocols for clients",
        path: "decisions/inbound-protocols",
        about: "How the gateway loses nothing between equal protocols.",
      },
      { title: "Layers", path: "decisions/layers", about: "Folders and imports." },
      { title: "Toolkit", path: "decisions/toolkit", about: "The tool loop, fallback and streams." },
      {
        title: "Providers of third parties",
        path: "decisions/third-party-providers",
        about: "What a package outside the repository can rely on.",
      },
      { title: "An evening", path: "decisions/an-evening", about: "How the guide for authors was tried." },
      { title: "Packages of the AI SDK", path: "decisions/ai-sdk", about: "The suite's results on other packages." },
      { title: "An independent reading", path: "decisions/oracle", about: "How readings of recordings are compared." },
      { title: "Size", path: "decisions/size", about: "What a bundle weighs and why." },
      { title: "Speed", path: "decisions/speed", about: "Where the time goes." },
      { title: "Toolchain", path: "decisions/toolchain", about: "Which tools, and why." },
    ],
  },
];
