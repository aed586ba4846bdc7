import { clip } from "../text.ts";
import { httpGet } from "./http-get.ts";

/** What one look at a health address showed. */
export interface Health {
  readonly ok: boolean;
  readonly detail: string;
  /** The release that answered, where the answer is JSON with a text under `release`. */
  readonly release: string | null;
}

/** Asks a health address once, on a connection of its own. Never throws for what is not well. */
export async function lookAt(url: string, timeoutMs: number, signal?: AbortSignal): Promise<Health> {
  try {
    const answer = await httpGet(url, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
    const ok = answer.status >= 200 && answer.status < 300;
    const detail = ok ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${answer.body.trim()}`;
    return { ok, detail: clip(detail, 500), release: releaseOf(answer.body) };
  } catch (error) {
    return { ok: false, detail: clip(error instanceof Error ? error.message : String(error), 500), release: null };
  }
}

function releaseOf(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null || !("release" in value)) return null;
    return typeof value.release === "string" ? value.release : null;
  } catch {
    return null;
  }
}

/** What is wrong when a release was expected and another answered; `null` when all is as it should be. */
export function wrongRelease(seen: Health, expected: string): string | null {
  if (!seen.ok || seen.release === null || seen.release === expected) return null;
  return `release ${seen.release} answers, not ${expected}`;
}

/** The line of a log that most probably says what went wrong. */
export function lastWords(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !/^\s+at |^Node\.js v/.test(line));
  // `TypeError: …` at the start of a line is what was thrown; any other mention of an error is second best.
  const thrown = lines.filter((line) => /^(?:Uncaught )?[\w.]*(?:Error|Exception)\b.*:/.test(line)).at(-1);
  const telling = thrown ?? lines.filter((line) => /error|exception|fatal|panic/i.test(line)).at(-1) ?? lines.at(-1);
  return telling === undefined ? "it said nothing" : `it said: ${telling.trim()}`;
}
