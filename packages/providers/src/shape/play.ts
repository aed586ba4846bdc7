import type { ModelResponse, StreamPart } from "@brainops/core";

/** The parts of a stream that would have brought a response, each block as one. */
export function* partsOf(response: ModelResponse): Generator<StreamPart> {
  const { content } = response.message;
  if (typeof content === "string") {
    if (content !== "") yield { type: "text", text: content };
  } else {
    for (const part of content) {
      if (part.type === "text" && part.text !== "") yield part;
      if (part.type === "reasoning" && part.text !== "") yield { type: "reasoning", text: part.text };
      if (part.type === "tool-call") {
        const delta = typeof part.args === "string" ? part.args : JSON.stringify(part.args);
        yield { type: "tool-input", id: part.id, name: part.name, delta };
      }
    }
  }
  yield { type: "finish", response };
}
