import { styleText } from "node:util";
import type { Io } from "./io.ts";
import { printable, printableJson } from "./printable.ts";

/** How a piece of text may look. {@link printable} lets these through. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "magenta" | "cyan";

/** Where a command says things. With `--json` only `result` is heard. */
export interface Output {
  readonly json: boolean;
  /** Whether a person is watching, so that lines may be redrawn. */
  readonly live: boolean;
  readonly columns: number;
  /** A line for people. */
  line(text?: string): void;
  /** A line that has to be heard: with `--json` it goes to stderr. */
  notice(text: string): void;
  /** The outcome: `value` as JSON, or else `lines` for people. */
  result(value: unknown, lines: () => readonly string[]): void;
  /** Shows a line that the next one replaces; only where a person is watching. */
  passing(text: string): void;
  /** Text in a style, where the terminal has it and NO_COLOR does not forbid it. */
  paint(style: Style, text: string): string;
}

/** The output of one command. */
export function createOutput(io: Io, json: boolean): Output {
  const stream = io.stdout;
  const live = !json && stream.isTTY && io.env["TERM"] !== "dumb";
  const colours = live && (io.env["NO_COLOR"] ?? "") === "";
  let shown = false;
  const clear = (): void => {
    if (shown) stream.write("\r\u001b[2K");
    shown = false;
  };
  const write = (text: string): void => {
    clear();
    stream.write(`${printable(text)}\n`);
  };
  const paint = (style: Style, text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  return {
    json,
    live,
    get columns() {
      // A terminal that does not know how wide it is says 0.
      return stream.columns || 100;
    },
    line(text = "") {
      if (!json) write(text);
    },
    notice(text) {
      if (json) io.stderr.write(`${printable(text)}\n`);
      else write(paint("yellow", text));
    },
    result(value, lines) {
      if (json) write(printableJson(value));
      else for (const line of lines()) write(line);
    },
    passing(text) {
      if (!live) return;
      clear();
      if (text === "") return;
      stream.write(printable(text));
      shown = true;
    },
    paint,
  };
}
