import type { Json, Message, Model, ModelRequest, ModelResponse, ToolCallPart } from "@brainops/core";

/** What a scripted model does with a request: an answer, tool calls, or an error when the request lacks what it needs. */
export type Script = (
  request: ModelRequest,
  seen: Seen,
) => {
  readonly text?: string;
  readonly output?: Json;
  readonly calls?: readonly { readonly name: string; readonly args: Json }[];
};

/** What a script may look at: nothing but what the request contains. */
export interface Seen {
  /** Everything said so far, as text. */
  readonly text: string;
  /** The text of a data block. */
  data(source: string): string;
  /** Results of the tools, in order. */
  readonly results: readonly { readonly name: string; readonly result: Json; readonly failed: boolean }[];
}

/** A model that computes its answers from its requests, and counts them. */
export function scripted(script: Script): Model & { readonly requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  async function generate(request: ModelRequest): Promise<ModelResponse> {
    requests.push(request);
    const { text = "", output, calls = [] } = script(request, look(request.messages));
    const toolCalls: ToolCallPart[] = calls.map((call, i) => ({
      type: "tool-call",
      id: `c${requests.length}-${i}`,
      ...call,
    }));
    return {
      text: output === undefined ? text : JSON.stringify(output),
      toolCalls,
      reasoning: [],
      message: { role: "assistant", content: toolCalls.length > 0 ? toolCalls : text },
      finishReason: toolCalls.length > 0 ? "tool_calls" : "stop",
      usage: { inputTokens: 100, outputTokens: 20 },
      model: { name: "script", id: "script-1" },
      ...(output === undefined ? {} : { output }),
    };
  }
  return {
    name: "script",
    requests,
    generate,
    async *stream(request) {
      yield { type: "finish", response: await generate(request) };
    },
  };
}

function look(messages: readonly Message[]): Seen {
  const text = messages
    .map((message) => (typeof message.content === "string" ? message.content : JSON.stringify(message.content)))
    .join("\n");
  return {
    text,
    data(source) {
      const found = new RegExp(`<data source="${source}" seal="(\\w+)">\\n([\\s\\S]*?)\\n</data seal="\\1">`).exec(
        text,
      )?.[2];
      if (found === undefined) throw new Error(`The request holds no data called ${source}`);
      return found;
    },
    results: messages.flatMap((message) =>
      message.role === "tool"
        ? message.content.map(({ name, result, failed }) => ({ name, result, failed: failed === true }))
        : [],
    ),
  };
}
