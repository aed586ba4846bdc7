import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBrainOpsError } from "@brainops/core";
import { eventParser, type Framing, type WireEvent } from "./events.ts";

const encoder = new TextEncoder();
const limit = 1_000_000;

function parse(framing: Framing, pieces: readonly Uint8Array[], maxBytes = limit): WireEvent[] {
  const parser = eventParser(framing, maxBytes);
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}

const whole = (framing: Framing, text: string): WireEvent[] => parse(framing, [encoder.encode(text)]);

/** Bytes cut at any places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe("server-sent events", () => {
  test("names, several data lines, comments, unknown fields, and no space after the colon", () => {
    const text =
      ": hello\nevent: a\ndata: one\ndata:two\nid: 7\nretry: 10\n\ndata:  indented\n\nevent: silent\n\ndata\n\n";
    expect(whole("sse", text)).toEqual([{ event: "a", data: "one\ntwo" }, { data: " indented" }, { data: "" }]);
  });

  test.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ])("lines may end with %s", (_name, end) => {
    expect(whole("sse", ["event: a", "data: x", "", "data: y", "", ""].join(end))).toEqual([
      { event: "a", data: "x" },
      { data: "y" },
    ]);
  });

  test("a byte order mark is no part of the first field", () => {
    expect(whole("sse", "\uFEFFdata: x\n\n")).toEqual([{ data: "x" }]);
  });

  test("the last event counts without its blank line, and is marked", () => {
    expect(whole("sse", "data: x\n\ndata: [DO")).toEqual([{ data: "x" }, { data: "[DO", unterminated: true }]);
  });

  test("text between the events is handed out at the end, such as a bare error", () => {
    const error = '{\n  "error": {"code": 503}\n}\n';
    const events = whole("sse", `data: x\n\n${error}`);
    expect(events.map((event) => event.unterminated)).toEqual([undefined, true]);
    expect(JSON.parse(events[1]?.data ?? "")).toEqual({ error: { code: 503 } });
  });

  test("an error in a field of its own is an event of that name", () => {
    expect(whole("sse", 'data: x\n\nerror: {"code":500}\n\n')).toEqual([
      { data: "x" },
      { event: "error", data: '{"code":500}' },
    ]);
  });

  test("wherever the bytes are cut, the events are the same", () => {
    const event = fc.record({
      name: fc.option(fc.constantFrom("a", "message"), { nil: undefined }),
      lines: fc.array(
        fc.string({ unit: "grapheme" }).map((one) => one.replaceAll(/[\r\n]/g, "")),
        { minLength: 1, maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(fc.array(event), fc.constantFrom("\n", "\r\n", "\r"), fc.array(fc.nat()), (events, end, places) => {
        const text = events
          .map(({ name, lines }) =>
            [": note", ...(name ? [`event: ${name}`] : []), ...lines.map((one) => `data: ${one}`), "", ""].join(end),
          )
          .join("");
        const bytes = encoder.encode(text);
        const expected = events.map(({ name, lines }) => ({ ...(name && { event: name }), data: lines.join("\n") }));
        expect(parse("sse", cutAt(bytes, places))).toEqual(expected);
        expect(
          parse(
            "sse",
            [...bytes].map((byte) => Uint8Array.of(byte)),
          ),
        ).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe("NDJSON", () => {
  test("wherever the bytes are cut, the values are the same", () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.constantFrom("\n", "\r\n"), fc.array(fc.nat()), (values, end, places) => {
        const bytes = encoder.encode(values.map((value) => value + end).join(""));
        expect(parse("ndjson", cutAt(bytes, places)).map((event) => JSON.parse(event.data) as unknown)).toEqual(
          values.map((value) => JSON.parse(value) as unknown),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("a last line without its end is marked, and empty lines are nothing", () => {
    expect(whole("ndjson", '{"a":1}\n\n  \n{"b":')).toEqual([
      { data: '{"a":1}' },
      { data: '{"b":', unterminated: true },
    ]);
  });
});

describe("what no model sends", () => {
  const codeOf = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return isBrainOpsError(error) ? error.code : error;
    }
  };

  test("bytes that are no UTF-8 are invalid_response, also when they break off inside a character", () => {
    expect(codeOf(() => parse("sse", [Uint8Array.of(0x64, 0xff, 0x0a)]))).toBe("invalid_response");
    expect(codeOf(() => parse("ndjson", [Uint8Array.of(0x22, 0xe2, 0x82)]))).toBe("invalid_response");
  });

  test("more bytes than the limit are invalid_response", () => {
    expect(codeOf(() => parse("sse", [new Uint8Array(60).fill(0x61), new Uint8Array(60).fill(0x61)], 100))).toBe(
      "invalid_response",
    );
  });
});
