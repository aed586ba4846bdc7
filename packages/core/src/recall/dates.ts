/** A span of time that a query names: from, up to but without, in milliseconds since 1970 (UTC). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const months = "january february march april may june july august september october november december".split(" ");
const month = `(${months.map((name) => `${name}|${name.slice(0, 3)}`).join("|")}|sept)\\.?`;
const year = "((?:19|20)\\d\\d)";
const day = "(\\d{1,2})(?:st|nd|rd|th)?";

type Reader = (parts: readonly string[]) => readonly [year: string, month?: string, day?: string];

/** The more exact forms first: what one has read, no later one reads again. */
const forms: readonly (readonly [RegExp, Reader])[] = [
  [new RegExp(`\\b${year}-(\\d\\d)-(\\d\\d)(?!\\d)`, "g"), ([y = "", m = "", d = ""]) => [y, m, d]],
  [new RegExp(`\\b${year}-(\\d\\d)(?![\\d-])`, "g"), ([y = "", m = ""]) => [y, m]],
  [new RegExp(`\\b${month} ${day},? ${year}\\b`, "gi"), ([m = "", d = "", y = ""]) => [y, m, d]],
  [new RegExp(`\\b${day} (?:of )?${month},? ${year}\\b`, "gi"), ([d = "", m = "", y = ""]) => [y, m, d]],
  [new RegExp(`\\b${month},? (?:of )?${year}\\b`, "gi"), ([m = "", y = ""]) => [y, m]],
  [new RegExp(`\\b(?:in|of|since|during|by) ${year}\\b`, "gi"), ([y = ""]) => [y]],
];

/**
 * The dates that a text names in full: `2026-11-05`, `5 November 2026`, `November 5, 2026`, `Nov 2026`, `in 2026`. Anything
 * that is no date is passed over.
 */
export function namedDates(text: string): Span[] {
  const spans: Span[] = [];
  let rest = text;
  for (const [form, read] of forms)
    rest = rest.replace(form, (found: string, ...parts: unknown[]) => {
      const span = toSpan(...read(parts.map(String)));
      if (span === undefined) return found;
      spans.push(span);
      return " ";
    });
  return spans;
}

function toSpan(yearText: string, monthText?: string, dayText?: string): Span | undefined {
  const y = Number(yearText);
  if (monthText === undefined) return { from: Date.UTC(y, 0, 1), to: Date.UTC(y + 1, 0, 1) };
  const m = /^\d/.test(monthText)
    ? Number(monthText) - 1
    : months.findIndex((name) => name.startsWith(monthText.toLowerCase().slice(0, 3)));
  if (m < 0 || m > 11) return undefined;
  if (dayText === undefined) return { from: Date.UTC(y, m, 1), to: Date.UTC(y, m + 1, 1) };
  const d = Number(dayText);
  if (d < 1 || d > 31) return undefined;
  return { from: Date.UTC(y, m, d), to: Date.UTC(y, m, d + 1) };
}
