export { claude, defaultClaudeModel, type ClaudeOptions } from "./claude/claude.ts";
export { gpt, defaultGptModel, type GptOptions } from "./gpt/gpt.ts";
export { gemini, defaultGeminiModel, type GeminiOptions } from "./gemini/gemini.ts";
export type { GenAiCall, GenAiClient, GenerativeAiClient } from "./gemini/send.ts";
export { local, defaultLocalUrl, type LocalOptions } from "./local/local.ts";
export type { LocalProtocol } from "./local/discover.ts";
export type { SdkClient, SdkRequestOptions } from "./transport/sdk.ts";
