export { claude, defaultClaudeModel, type ClaudeOptions } from "./claude/claude.ts";
export { gpt, defaultGptModel, type GptOptions } from "./gpt/gpt.ts";
export { gemini, defaultGeminiModel, type GeminiOptions } from "./gemini/gemini.ts";
export type { GenAiCall, GenAiClient, GenerativeAiClient } from "./gemini/send.ts";
export { local, defaultLocalUrl, type LocalOptions } from "./local/local.ts";
export type { ListingModel, ModelInfo } from "./listing/listing.ts";
export { gptEmbedder, type GptEmbedderOptions } from "./embed/gpt.ts";
export { geminiEmbedder, type GeminiEmbedderOptions } from "./embed/gemini.ts";
export { ollamaEmbedder, type OllamaEmbedderOptions } from "./embed/ollama.ts";
export type { LocalProtocol } from "./local/discover.ts";
export type { SdkAdapterOptions } from "./transport/sdk-adapter.ts";
export type { SdkAnswer, SdkClient, SdkRequestOptions } from "./transport/sdk.ts";
export { chain, type ChainOptions } from "./chain/chain.ts";
export type { BreakerOptions } from "./chain/breaker.ts";
export { dropOldest } from "./chain/compact.ts";
export { failoverTable, healthTable, type FailoverTable, type HealthTable, type OnError } from "./chain/policy.ts";
export type { Chain, Compact, HedgeOptions, LaneState } from "./chain/setup.ts";
export type { SharedState } from "./chain/sharing.ts";
export type { OnCut } from "./chain/stream.ts";
export {
  budget,
  type Budget,
  type BudgetOptions,
  type Limit,
  type Reservation,
  type Spender,
} from "./budget/budget.ts";
export type { Amount, SharedPots } from "./budget/pots.ts";
export { defaultPrices } from "./budget/default-prices.ts";
export { costOf, type Price, type PriceTable, type Rates } from "./budget/prices.ts";
export { modelsFromEnvironment, type EnvironmentOptions } from "./environment/environment.ts";
export { readCassette, type Cassette, type RecordedCall } from "./cassette/cassette.ts";
export { record, type RecordingModel, type RecordOptions } from "./cassette/record.ts";
export { replayModel, type ReplayingModel, type ReplayOptions } from "./cassette/replay.ts";
export { cached, type CacheOptions, type CacheStorage } from "./cache/cached.ts";
export { fromAiSdk } from "./ai-sdk/from.ts";
export { toAiSdk } from "./ai-sdk/to.ts";
export type {
  AiSdkAnswered,
  AiSdkBlock,
  AiSdkCallOptions,
  AiSdkContent,
  AiSdkEnd,
  AiSdkLanguageModel,
  AiSdkMetadata,
  AiSdkPart,
  AiSdkToolCall,
  AiSdkUsage,
} from "./ai-sdk/language-model.ts";
export type { AiSdkModel, AiSdkReason } from "./ai-sdk/wire.ts";
export { serveModel, type ServeHandler, type ServeOptions } from "./serve/serve.ts";
export { nodeListener } from "./serve/node-listener.ts";
export { attemptStream, rememberAttempts, type RememberedCall, type RememberOptions } from "./remember/attempts.ts";
export { recallAttempts, type RecallAttemptsOptions } from "./remember/recall.ts";
export { summarizeAttempts, type ModelRecord } from "./remember/summary.ts";
