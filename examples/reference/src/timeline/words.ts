/** A count and its noun. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

/** Milliseconds, as short as can be read. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The first line of a text, no longer than so many characters. */
export function clip(text: string, length: number): string {
  const [first = ""] = text.trim().split("\n");
  return first.length <= length ? first : `${first.slice(0, Math.max(1, length - 1))}…`;
}
