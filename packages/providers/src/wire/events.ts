import { lineSplitter } from "./lines.ts";

/** How a vendor cuts its stream: server-sent events, or one JSON value a line. */
export type Framing = "sse" | "ndjson";

/** One event of a stream. */
export interface WireEvent {
  /** The event's name in server-sent events, when it has one. */
  readonly event?: string;
  readonly data: string;
  /** True for the last event of a stream that ended in the middle of a line or event: its data may be cut. Text between the events comes last, also marked so. */
  readonly unterminated?: true;
}

/** Turns bytes into events, piece by piece. */
export interface EventParser {
  push(bytes: Uint8Array): WireEvent[];
  end(): WireEvent[];
}

/** Makes the parser of a framing. */
export function eventParser(framing: Framing, maxBytes: number): EventParser {
  return framing === "sse" ? sseParser(maxBytes) : ndjsonParser(maxBytes);
}

function ndjsonParser(maxBytes: number): EventParser {
  const splitter = lineSplitter(maxBytes, false);
  return {
    push: (bytes) =>
      splitter
        .push(bytes)
        .filter((line) => line.trim() !== "")
        .map((data) => ({ data })),
    end() {
      const data = splitter.end();
      return data.trim() === "" ? [] : [{ data, unterminated: true }];
    },
  };
}

const maxStray = 64 * 1024;

/** Server-sent events as the HTML standard says: comments, several data lines, names, unknown fields. */
function sseParser(maxBytes: number): EventParser {
  const splitter = lineSplitter(maxBytes, true);
  let name: string | undefined;
  let data: string | undefined;
  // Gemini breaks its stream with a bare JSON error, and proxies answer with pages: neither is an event.
  let stray = "";

  const take = (line: string): WireEvent | undefined => {
    if (line === "") {
      const event = data === undefined ? undefined : name === undefined ? { data } : { event: name, data };
      name = data = undefined;
      return event;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
    if (field === "data") data = data === undefined ? value : `${data}\n${value}`;
    else if (field === "event") name = value;
    // llama.cpp reports an error in a field of that name, outside of any event.
    else if (field === "error") return { event: "error", data: value };
    else if (field !== "id" && field !== "retry" && stray.length < maxStray) stray += `${line}\n`;
    return undefined;
  };

  const takeAll = (lines: readonly string[]): WireEvent[] => {
    const events: WireEvent[] = [];
    for (const line of lines) {
      const event = take(line);
      if (event !== undefined) events.push(event);
    }
    return events;
  };

  return {
    push: (bytes) => takeAll(splitter.push(bytes)),
    end() {
      const last = splitter.end();
      const events = last === "" ? [] : takeAll([last]);
      const open = take("");
      // The standard drops an event without its blank line; servers do leave it out after their last one.
      if (open !== undefined) events.push({ ...open, unterminated: true });
      if (stray !== "") events.push({ data: stray, unterminated: true });
      return events;
    },
  };
}
