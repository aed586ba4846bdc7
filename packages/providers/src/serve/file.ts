import type { FilePart } from "@brainops/core";

/** A file as OpenAI's clients give it: by an address, or as its bytes in one. */
export function fileOf(address: string, mediaType: string): FilePart {
  const data = /^data:([^;,]+);base64,(.*)$/s.exec(address);
  if (data?.[1] !== undefined && data[2] !== undefined) return { type: "file", mediaType: data[1], data: data[2] };
  return { type: "file", mediaType, url: address };
}
