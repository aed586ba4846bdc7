import type { JsonObject, Message, ModelRequest, ToolSpec } from "@brainops/core";

/** A tool with and one without parameters that every object schema rule applies to. */
export const tools: readonly [weather: ToolSpec, clock: ToolSpec] = [
  {
    name: "weather",
    description: "The weather of a city.",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
  },
  { name: "clock", parameters: { type: "object", properties: {} } },
];

/** What is asked for as structured output. */
export const outputSchema: JsonObject = {
  type: "object",
  properties: { city: { type: "string", minLength: 1 }, mood: { type: "string" } },
  required: ["city"],
};

/** A whole conversation: files, reasoning of a vendor and of another one, calls, results, failures. */
export function history(vendor: string, opaque: JsonObject, callOpaque: JsonObject): readonly Message[] {
  return [
    {
      role: "user",
      content: [
        { type: "text", text: "Where is this?" },
        { type: "file", mediaType: "image/png", data: "aW1n" },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "I see.", vendor, opaque },
        { type: "reasoning", text: "Not mine.", vendor: "somebody else", opaque: { secret: "theirs" } },
        { type: "vendor", vendor: "somebody else", block: { type: "theirs" } },
        { type: "text", text: "Let me look." },
        { type: "tool-call", id: "c1", name: "weather", args: { city: "Bern" }, opaque: { vendor, value: callOpaque } },
        { type: "tool-call", id: "c2", name: "clock", args: {}, opaque: { vendor: "somebody else", value: { x: 1 } } },
      ],
    },
    {
      role: "tool",
      content: [
        { type: "tool-result", id: "c1", name: "weather", result: { sky: "blue" } },
        { type: "tool-result", id: "c2", name: "clock", result: "it broke", failed: true },
      ],
    },
    { role: "user", content: "Well?" },
  ];
}

/** Every setting that a request can have. */
export const settings: Omit<ModelRequest, "messages"> = {
  system: "Be brief.",
  tools,
  toolChoice: "required",
  output: { name: "place", schema: outputSchema },
  maxTokens: 200,
  temperature: 0.5,
  seed: 7,
  stop: ["END"],
  reasoning: "low",
  cache: true,
  metadata: { user_id: "u1" },
};
