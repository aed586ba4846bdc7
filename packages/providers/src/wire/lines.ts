import { BrainOpsError } from "@brainops/core";

/** Cuts a stream of bytes into lines, wherever the bytes were cut: also inside a character or between CR and LF. */
export interface LineSplitter {
  /** The lines that these bytes complete, without their ends. */
  push(bytes: Uint8Array): string[];
  /** What is left after the last line end; empty when the bytes ended with one. */
  end(): string;
}

const badText = (cause: unknown): BrainOpsError =>
  new BrainOpsError(
    "invalid_response",
    "The answer is not UTF-8 text. Check that the base URL points at a model API.",
    {
      cause,
    },
  );

/**
 * Makes a {@link LineSplitter}. CRLF, LF and, with `bareCr`, CR alone end a line (server-sent events allow all three;
 * in NDJSON a bare CR is only white space).
 */
export function lineSplitter(maxBytes: number, bareCr: boolean): LineSplitter {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let seen = 0;
  // A CR at the very end of a piece may be half of a CRLF.
  let skipLf = false;

  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw badText(cause);
    }
  };

  return {
    push(bytes) {
      seen += bytes.length;
      if (seen > maxBytes) throw tooLarge(maxBytes);
      let text = decode(bytes);
      if (text === "") return [];
      if (skipLf && text.startsWith("\n")) text = text.slice(1);
      skipLf = bareCr && text.endsWith("\r");
      // The usual piece holds no CR, and splitting by a string is the fastest there is.
      const plain = !text.includes("\r");
      if (plain && !text.includes("\n")) {
        rest += text;
        return [];
      }
      const lines = (rest + text).split(plain && !rest.includes("\r") ? "\n" : bareCr ? /\r\n|\n|\r/ : /\r?\n/);
      rest = lines.pop() ?? "";
      return lines;
    },
    end() {
      return rest + decode();
    },
  };
}

/** The error of an answer that has more bytes than a caller can want. */
export const tooLarge = (maxBytes: number): BrainOpsError =>
  new BrainOpsError(
    "invalid_response",
    `The answer has more than ${maxBytes} bytes. That is no model's answer; check the base URL, or raise maxResponseBytes.`,
  );
