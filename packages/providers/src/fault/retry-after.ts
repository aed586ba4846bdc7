/**
 * How long a vendor asks to wait, from `retry-after-ms`, or from `retry-after` in seconds or as a date. Milliseconds,
 * never negative.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const precise = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (Number.isFinite(precise) && precise >= 0) return precise;
  const value = headers.get("retry-after")?.trim();
  if (value === undefined || value === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
