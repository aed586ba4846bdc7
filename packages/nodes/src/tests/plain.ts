// Colours and cursor movements (ECMA-48 CSI sequences).
// oxlint-disable-next-line no-control-regex
const ansi = /\u001B\[[0-9;?]*[ -/]*[@-~]/g;

/** The text without the colours a terminal would show. */
export function plain(text: string): string {
  return text.replaceAll(ansi, "");
}
