import type { Model } from "@brainops/core";
import { claude } from "../claude/claude.ts";
import { gemini } from "../gemini/gemini.ts";
import { gpt } from "../gpt/gpt.ts";
import { defaultLocalUrl, local } from "../local/local.ts";

/** What {@link modelsFromEnvironment} can be told. */
export interface EnvironmentOptions {
  /** The variables. Default: those of the process. */
  readonly env?: { readonly [name: string]: string | undefined };
  /** Whether to look for a server at Ollama's own address when no variable names one. Default true. */
  readonly probe?: boolean;
  /** How long that look may take, in milliseconds. Default 500. */
  readonly probeTimeoutMs?: number;
}

/**
 * The models that are there, in the chain's order: Claude, GPT, Gemini, local. An empty list when there is none.
 *
 * | model | is there when | model id |
 * |---|---|---|
 * | `claude` | `ANTHROPIC_API_KEY` is set | `BRAINOPS_CLAUDE_MODEL` |
 * | `gpt` | `OPENAI_API_KEY` is set | `BRAINOPS_GPT_MODEL` |
 * | `gemini` | `GEMINI_API_KEY` is set | `BRAINOPS_GEMINI_MODEL` |
 * | `local` | `BRAINOPS_LOCAL_URL` or `OLLAMA_HOST` is set, or Ollama answers at its own address | `BRAINOPS_LOCAL_MODEL`, else the server's first |
 *
 * A local server that wants a key gets `BRAINOPS_LOCAL_KEY`.
 *
 * @example
 * ```ts
 * import { chain, modelsFromEnvironment } from "@brainops/providers";
 * const models = await modelsFromEnvironment();
 * if (models.length === 0) console.error("Set ANTHROPIC_API_KEY, or start Ollama.");
 * const model = chain(models);
 * ```
 */
export async function modelsFromEnvironment(options: EnvironmentOptions = {}): Promise<Model[]> {
  const env = options.env ?? process.env;
  const value = (name: string): string | undefined => env[name]?.trim() || undefined;
  const models: Model[] = [];

  for (const [make, key, model] of [
    [claude, "ANTHROPIC_API_KEY", "BRAINOPS_CLAUDE_MODEL"],
    [gpt, "OPENAI_API_KEY", "BRAINOPS_GPT_MODEL"],
    [gemini, "GEMINI_API_KEY", "BRAINOPS_GEMINI_MODEL"],
  ] as const) {
    const apiKey = value(key);
    const id = value(model);
    if (apiKey !== undefined) models.push(make({ apiKey, ...(id === undefined ? {} : { model: id }) }));
  }

  const host = value("OLLAMA_HOST");
  const named = value("BRAINOPS_LOCAL_URL") ?? (host === undefined ? undefined : ollamaUrl(host));
  const id = value("BRAINOPS_LOCAL_MODEL");
  const apiKey = value("BRAINOPS_LOCAL_KEY");
  const server = local({
    baseUrl: named ?? defaultLocalUrl,
    ...(id === undefined ? {} : { model: id }),
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  // A server that was named belongs into the chain even if it is down now: its error then says so.
  if (named !== undefined) models.push(server);
  else if (options.probe !== false && (await answers(options.probeTimeoutMs ?? 500))) models.push(server);
  return models;
}

/** Whether anything answers at Ollama's own address. */
async function answers(timeoutMs: number): Promise<boolean> {
  try {
    const response = await fetch(`${defaultLocalUrl}/api/version`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** OLLAMA_HOST is an address to listen at, and may lack a scheme, a host or a port. */
export function ollamaUrl(host: string): string {
  if (host.includes("://")) return host.replace("://0.0.0.0", "://127.0.0.1");
  const [name = "", port = ""] = host.startsWith("[")
    ? [host.replace(/]:\d+$/, "]"), /]:(\d+)$/.exec(host)?.[1]]
    : host.split(":");
  return `http://${name === "" || name === "0.0.0.0" ? "127.0.0.1" : name}:${port === "" ? "11434" : port}`;
}
