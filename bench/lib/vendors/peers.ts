/** A peer that answers the same request, when it is installed. */
export interface Peer {
  readonly name: string;
  /** The vendor whose wire it speaks, as it is called here. */
  readonly vendor: string;
  json(): Promise<unknown>;
  stream(): Promise<unknown>;
}

interface Settings {
  readonly model: unknown;
  readonly prompt: string;
  readonly maxRetries: number;
}
interface Ai {
  generateText(settings: Settings): Promise<{ readonly text: string }>;
  streamText(settings: Settings): { readonly textStream: AsyncIterable<string> };
}
type Factory = (settings: { readonly baseURL: string; readonly apiKey: string }) => ((id: string) => unknown) & {
  readonly responses?: (id: string) => unknown;
};

// It would print a line for every call to a model that it does not know, and be slower for it.
(globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;

// Peers are installed on demand, so their names are no static imports.
const load = async <T>(name: string): Promise<T> => (await import(name)) as T;

/** The AI SDK with its providers; empty when it is not installed (`npm ci --prefix bench`). */
export async function aiSdk(url: string): Promise<readonly Peer[]> {
  try {
    const ai = await load<Ai>("ai");
    const made: readonly (readonly [string, string, string, string])[] = [
      ["claude", "@ai-sdk/anthropic", "createAnthropic", `${url}/v1`],
      ["gpt", "@ai-sdk/openai", "createOpenAI", `${url}/v1`],
      ["gemini", "@ai-sdk/google", "createGoogleGenerativeAI", `${url}/v1beta`],
    ];
    return await Promise.all(
      made.map(async ([vendor, packageName, factory, baseURL]) => {
        const door = await load<{ readonly [name: string]: Factory }>(packageName);
        const make = door[factory];
        if (make === undefined) throw new Error(`${packageName} has no ${factory}`);
        const model = make({ baseURL, apiKey: "bench-key-0000" })("m");
        const settings = { model, prompt: "Say something about bears.", maxRetries: 0 };
        return {
          name: "AI SDK 7",
          vendor,
          json: async () => (await ai.generateText(settings)).text,
          async stream() {
            let parts = 0;
            for await (const _part of ai.streamText(settings).textStream) parts += 1;
            return parts;
          },
        };
      }),
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return [];
    throw error;
  }
}
