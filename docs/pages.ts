// The pages of the site, in the order of the sidebar. A test fails when a page is missing here, or a page here is missing.

export interface Page {
  title: string;
  /** Relative to `docs`, without `.md`. */
  path: string;
  /** What a reader finds there, in one sentence. */
  about: string;
}

export const guides: readonly Page[] = [
  { title: "Use the library", path: "guides/using", about: "Streams, tools, structured output, errors, settings." },
  { title: "Run tools in a loop", path: "guides/tools", about: "The tool loop, approval, limits, resuming." },
  { title: "Fall back to another provider", path: "guides/fallback", about: "Routes, cooldowns, and what may be repeated." },
  { title: "Cache, budget and logging", path: "guides/middleware", about: "Middleware around every call." },
  { title: "Models by name", path: "guides/client", about: "One client for several connections." },
  { title: "Stream objects", path: "guides/object-streams", about: "Typed objects while they arrive." },
  {
    title: "Stream to the browser and back",
    path: "guides/browser-streams",
    about: "One handler for each server, reading in the page, resuming.",
  },
  { title: "Trace calls", path: "guides/telemetry", about: "OpenTelemetry spans and metrics." },
  { title: "Test your application", path: "guides/testing", about: "The mock provider." },
  { title: "Use a connection in the AI SDK", path: "guides/ai-sdk", about: "generateText, streamText, agents, useChat." },
  { title: "Write a provider in an evening", path: "guides/write-a-provider", about: "From an empty folder to a published package." },
];

export const sections: readonly { title: string; pages: readonly Page[] }[] = [
  { title: "Start", pages: [{ title: "Getting started", path: "start", about: "Install a provider and ask the first question." }] },
  { title: "Guides", pages: guides },
  {
    title: "Proofs",
    pages: [
      {
        title: "Oddities of the vendors",
        path: "gotchas",
        about: "The unusual behaviour of each provider, with the fixture that tests it.",
      },
      { title: "Network faults", path: "faults", about: "What each provider returns for each fault." },
      { title: "Deliberate bugs", path: "mutants", about: "The checks that catch them." },
      { title: "Security", path: "security", about: "What is promised, and the test that holds each promise." },
    ],
  },
  {
    title: "Decisions",
    pages: [
      { title: "The contract", path: "decisions/contract", about: "Why providers and protocols look as they do." },
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
