/** The environment variables that hold keys of well-known vendors, each with the domains that may receive them. */
const DOMAINS: Readonly<Record<string, readonly string[]>> = {
  AI21_API_KEY: ["ai21.com"],
  ANTHROPIC_API_KEY: ["anthropic.com"],
  CHUTES_API_KEY: ["chutes.ai"],
  COHERE_API_KEY: ["cohere.com", "cohere.ai"],
  DEEPSEEK_API_KEY: ["deepseek.com"],
  ELECTRONHUB_API_KEY: ["electronhub.ai"],
  FIREWORKS_API_KEY: ["fireworks.ai"],
  GEMINI_API_KEY: ["googleapis.com"],
  GOOGLE_API_KEY: ["googleapis.com"],
  GROQ_API_KEY: ["groq.com"],
  HF_TOKEN: ["huggingface.co"],
  INFERMATIC_API_KEY: ["totalgpt.ai", "infermatic.ai"],
  MISTRAL_API_KEY: ["mistral.ai"],
  MOONSHOT_API_KEY: ["moonshot.ai", "moonshot.cn"],
  NANOGPT_API_KEY: ["nano-gpt.com"],
  OPENAI_API_KEY: ["openai.com"],
  OPENROUTER_API_KEY: ["openrouter.ai"],
  PERPLEXITY_API_KEY: ["perplexity.ai"],
  POLLINATIONS_API_KEY: ["pollinations.ai"],
  SILICONFLOW_API_KEY: ["siliconflow.com", "siliconflow.cn"],
  TOGETHER_API_KEY: ["together.xyz", "together.ai"],
  XAI_API_KEY: ["x.ai"],
  ZAI_API_KEY: ["z.ai", "bigmodel.cn"],
};

/** The domain whose keys a variable holds, if `base` is at another domain. Undefined for a variable of no known vendor. */
export function foreignVariable(env: string, base: string | undefined): string | undefined {
  const domains = Object.hasOwn(DOMAINS, env) ? DOMAINS[env] : undefined;
  const host = base === undefined ? "" : new URL(base).hostname;
  return domains?.some((domain) => host === domain || host.endsWith(`.${domain}`)) === false ? domains[0] : undefined;
}
