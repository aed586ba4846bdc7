/**
 * What a terminal would obey rather than show: control characters but tab and line feed, and what turns the direction of
 * writing. The colours that commands here set are left.
 */
// oxlint-disable-next-line no-control-regex
const obeyed = /\u001b\[(?:1|2|22|3[1-69])m|[\0-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text as it is shown: what comes from memory, logs, tests and models may hold sequences that clear the screen, change what
 * was said before or set the title, and they are shown instead of being sent.
 */
export function printable(text: string): string {
  return text.replaceAll(obeyed, (found) => {
    if (found.length > 1) return found;
    const code = found.charCodeAt(0);
    // Below 32 there is a picture of each.
    return code < 32 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** JSON in one line that means the same and holds nothing that a terminal would obey. */
export function printableJson(value: unknown): string {
  return printable(JSON.stringify(value));
}
