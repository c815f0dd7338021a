/** Registers all providers of the repository. */
import "@lumiverse/ai21";
import "@lumiverse/anthropic";
import "@lumiverse/chutes";
import "@lumiverse/custom";
import "@lumiverse/deepseek";
import "@lumiverse/electronhub";
import "@lumiverse/fireworks";
import "@lumiverse/google";
import "@lumiverse/google-vertex";
import "@lumiverse/groq";
import "@lumiverse/infermatic";
import "@lumiverse/mistral";
import "@lumiverse/moonshot";
import "@lumiverse/nanogpt";
import "@lumiverse/openai";
import "@lumiverse/openrouter";
import "@lumiverse/perplexity";
import "@lumiverse/pollinations";
import "@lumiverse/siliconflow";
import "@lumiverse/xai";
import "@lumiverse/zai";
import { type Provider, registry } from "@lumiverse/core";

export const providers: readonly Provider[] = registry().list();
