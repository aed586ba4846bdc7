import { readdirSync, readFileSync, existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Outcome } from "./outcome.ts";

/** What a recording is expected to come to. `anyOf` lists, by path, the values that are all right. */
export type Expected = Outcome & { readonly anyOf?: { readonly [path: string]: readonly unknown[] } };

/** One recorded answer of a vendor: what was sent, and how it has to be understood. */
export interface Recording {
  /** Folder and file, such as `anthropic/sdk-basic.sse`. */
  readonly name: string;
  readonly api: string;
  readonly framing: "json" | "sse" | "ndjson" | "chunks";
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly bytes: Buffer;
  readonly expected: Expected;
}

interface Entry {
  readonly file: string;
  readonly api: string;
  readonly framing: Recording["framing"];
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
}

/** Reads a folder of recordings: one with an INDEX.json, or one whose sub-folders have one. */
export function readRecordings(folder: string): Recording[] {
  const root = resolve(folder);
  const folders = [
    root,
    ...readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [join(root, entry.name)] : [],
    ),
  ];
  return folders
    .filter((one) => existsSync(join(one, "INDEX.json")))
    .toSorted()
    .flatMap((one) => {
      const entries = JSON.parse(readFileSync(join(one, "INDEX.json"), "utf8")) as readonly Entry[];
      return entries.map(({ file, api, framing, status, headers }) => {
        const raw = readFileSync(join(one, file));
        const expected = JSON.parse(readFileSync(join(one, `${file}.expect.json`), "utf8")) as Expected;
        const bytes = framing === "chunks" ? framed(api, raw.toString("utf8")) : raw;
        return { name: `${basename(one)}/${file}`, api, framing, status, headers, bytes, expected };
      });
    });
}

/** Frames one event's JSON per line the way its vendor does. */
function framed(api: string, lines: string): Buffer {
  const events = lines.split(/\r?\n/).filter((line) => line.trim() !== "");
  const named = (line: string): string => `event: ${(JSON.parse(line) as { type: string }).type}\ndata: ${line}\n\n`;
  const text =
    api === "openai.chat"
      ? `${events.map((line) => `data: ${line}\n\n`).join("")}data: [DONE]\n\n`
      : api.startsWith("gemini")
        ? events.map((line) => `data: ${line}\r\n\r\n`).join("")
        : events.map(named).join("");
  return Buffer.from(text);
}

/** The arguments of the command. */
export function readArguments(args: readonly string[]): { folder: string | undefined; json: boolean; help: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  });
  if (positionals.length > 1) throw new Error("Give one folder.");
  return { folder: positionals[0], json: values.json, help: values.help };
}
