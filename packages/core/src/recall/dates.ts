/** A span of time that a query names: from, up to but without, in milliseconds since 1970 (UTC). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const months = "january february march april may june july august september october november december".split(" ");
const month = `(${months.map((name) => `${name}|${name.slice(0, 3)}`).join("|")}|sept)\\.?`;
const year = "((?:19|20)\\d\\d)";
const day = "(\\d{1,2})(?:st|nd|rd|th)?";

const weekdays = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const dayMs = 86_400_000;

type Reader = (parts: readonly string[]) => readonly [year: string, month?: string, day?: string];

/** The more exact forms first: what one has read, no later one reads again. */
const forms: readonly (readonly [RegExp, Reader])[] = [
  [/((?:19|20)\d\d)年(\d{1,2})月(\d{1,2})日/g, ([y = "", m = "", d = ""]) => [y, m, d]],
  [/((?:19|20)\d\d)年(\d{1,2})月/g, ([y = "", m = ""]) => [y, m]],
  [new RegExp(`(?<!\\d)(\\d{1,2})\\. ?(\\d{1,2})\\. ?${year}\\b`, "g"), ([d = "", m = "", y = ""]) => [y, m, d]],
  [new RegExp(`\\b${year}-(\\d\\d)-(\\d\\d)(?!\\d)`, "g"), ([y = "", m = "", d = ""]) => [y, m, d]],
  [new RegExp(`\\b${year}-(\\d\\d)(?![\\d-])`, "g"), ([y = "", m = ""]) => [y, m]],
  [new RegExp(`\\b${month} ${day},? ${year}\\b`, "gi"), ([m = "", d = "", y = ""]) => [y, m, d]],
  [new RegExp(`\\b${day} (?:of )?${month},? ${year}\\b`, "gi"), ([d = "", m = "", y = ""]) => [y, m, d]],
  [new RegExp(`\\b${month},? (?:of )?${year}\\b`, "gi"), ([m = "", y = ""]) => [y, m]],
  [new RegExp(`\\b(?:in|of|since|during|by) ${year}\\b`, "gi"), ([y = ""]) => [y]],
];

/**
 * The times that a text names: in full (`2026-11-05`, `5 November 2026`, `November 5, 2026`, `05.11.2026`, `2026年11月5日`,
 * `Nov 2026`, `in 2026`), or from now on backwards (`yesterday`, `last week`, `3 days ago`, `on Friday`, `in May`). Days begin
 * at midnight UTC. Anything that is no time is passed over.
 */
export function namedDates(text: string, now: number): Span[] {
  const spans: Span[] = [];
  let rest = text;
  for (const [form, read] of forms)
    rest = rest.replace(form, (found: string, ...parts: unknown[]) => {
      const span = toSpan(...read(parts.map(String)));
      if (span === undefined) return found;
      spans.push(span);
      return " ";
    });
  return [...spans, ...fromNow(rest, now)];
}

/** The times that a text names by how far they lie behind. */
function* fromNow(text: string, now: number): Generator<Span> {
  const today = Math.floor(now / dayMs) * dayMs;
  const [thisYear, thisMonth] = [new Date(now).getUTCFullYear(), new Date(now).getUTCMonth()];
  // Weeks begin on Monday.
  const monday = today - ((new Date(now).getUTCDay() + 6) % 7) * dayMs;
  const unitsBack = (unit: string, back: number): Span => {
    if (unit === "day") return { from: today - back * dayMs, to: today - (back - 1) * dayMs };
    if (unit === "week") return { from: monday - 7 * back * dayMs, to: monday - 7 * (back - 1) * dayMs };
    const months = unit === "month" ? back : 12 * back;
    const first = unit === "month" ? thisMonth : 0;
    const length = unit === "month" ? 1 : 12;
    return { from: Date.UTC(thisYear, first - months, 1), to: Date.UTC(thisYear, first - months + length, 1) };
  };
  if (/\btoday\b/i.test(text)) yield unitsBack("day", 0);
  if (/\byesterday\b/i.test(text)) yield unitsBack("day", 1);
  for (const [, which = "", unit = ""] of text.matchAll(/\b(this|last) (week|month|year)\b/gi))
    yield unitsBack(unit.toLowerCase(), which.toLowerCase() === "last" ? 1 : 0);
  for (const [, count, unit = ""] of text.matchAll(/\b(\d{1,3}|an?|one|two|three) (day|week|month|year)s? ago\b/gi))
    yield unitsBack(unit.toLowerCase(), toCount(count ?? ""));
  for (const [, name = ""] of text.matchAll(new RegExp(`\\b(?:on|last) (${weekdays.join("|")})\\b`, "gi"))) {
    const back = (new Date(now).getUTCDay() - weekdays.indexOf(name.toLowerCase()) + 7) % 7 || 7;
    yield unitsBack("day", back);
  }
  // The last such month that has begun. "May" and "march" are words, too, so it must be said that a month is meant.
  for (const [, name = ""] of text.matchAll(new RegExp(`\\b(?:in|since|during|last) (${months.join("|")})\\b`, "gi"))) {
    const index = months.indexOf(name.toLowerCase());
    const y = index > thisMonth ? thisYear - 1 : thisYear;
    yield { from: Date.UTC(y, index, 1), to: Date.UTC(y, index + 1, 1) };
  }
}

function toCount(text: string): number {
  const words: { readonly [word in string]?: number } = { a: 1, an: 1, one: 1, two: 2, three: 3 };
  return words[text.toLowerCase()] ?? Number(text);
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
