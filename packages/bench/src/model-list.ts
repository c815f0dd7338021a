/** A list of models as OpenRouter sends it, about 450 bytes for each. */
export function modelList(count: number): string {
  const data = Array.from({ length: count }, (_, i) => ({
    id: `vendor-${i % 60}/model-${i}`,
    name: `Vendor ${i % 60}: Model ${i}`,
    created: 1_700_000_000 + i,
    description: `Model ${i} answers "questions" & calls tools.`,
    context_length: 128_000,
    architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
    pricing: { prompt: "0.0000005", completion: "0.0000015" },
    top_provider: { context_length: 128_000, max_completion_tokens: 16_384, is_moderated: false },
    supported_parameters: ["max_tokens", "temperature", "tools", "tool_choice", "response_format"],
  }));
  return JSON.stringify({ data });
}
