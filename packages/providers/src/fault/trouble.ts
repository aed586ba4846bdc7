import type { Json } from "@brainops/core";
import { isObject, textOf } from "../shape/json.ts";

/** What a vendor said went wrong, read from whichever shape it uses. */
export interface Trouble {
  /** The HTTP status, or the one in the body when the transport had none to tell. */
  readonly status?: number;
  /** The vendor's words for the kind of error: type, code, status and reason, in lower case. */
  readonly kinds: readonly string[];
  readonly message: string;
  /** A wait that the body asks for, as google.rpc.RetryInfo does. */
  readonly retryAfterMs?: number;
  /** Quotas that were exceeded, as google.rpc.QuotaFailure names them. */
  readonly quotas: readonly string[];
  readonly requestId?: string;
}

const httpCode = (value: unknown): number | undefined => {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 400 && number <= 599 ? number : undefined;
};

/** `34.4s`, as Google writes a duration, in milliseconds. */
const durationMs = (value: unknown): number | undefined => {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)s$/.exec(value) : null;
  return match?.[1] === undefined ? undefined : Number(match[1]) * 1000;
};

/**
 * Reads an error body: `{error:{…}}` of all vendors, `{error:"…"}` of Ollama, `{object:"error",…}` of older vLLM,
 * `{detail:…}` of FastAPI, `[{error:{…}}]` of Gemini. `status` is that of the HTTP answer when it was an error.
 */
export function readTrouble(body: Json | undefined, status: number | undefined): Trouble {
  const outer = Array.isArray(body) ? (body as readonly Json[])[0] : body;
  const root = isObject(outer) ? outer : {};
  const error = isObject(root["error"]) ? root["error"] : root;
  const kinds: string[] = [];
  const quotas: string[] = [];
  let retryAfterMs: number | undefined;

  const kind = (value: unknown): void => {
    if (typeof value === "string" && value !== "") kinds.push(value.toLowerCase());
  };
  kind(error["type"]);
  kind(error["code"]);
  kind(error["status"]);
  if (isObject(error["innererror"])) kind(error["innererror"]["code"]);
  // Anthropic's newer errors say precisely what it is in one detail; Google lists several.
  if (isObject(error["details"])) kind(error["details"]["error_code"]);
  for (const detail of Array.isArray(error["details"]) ? (error["details"] as readonly Json[]) : []) {
    if (!isObject(detail)) continue;
    kind(detail["reason"]);
    retryAfterMs ??= durationMs(detail["retryDelay"]);
    for (const violation of Array.isArray(detail["violations"]) ? (detail["violations"] as readonly Json[]) : []) {
      if (isObject(violation)) quotas.push(textOf(violation["quotaId"]));
    }
  }

  const words =
    typeof outer === "string"
      ? outer
      : typeof root["error"] === "string"
        ? root["error"]
        : textOf(error["message"]) || textOf(root["message"]) || detailText(root["detail"]);
  const inBody = httpCode(error["code"]) ?? httpCode(error["status_code"]) ?? httpCode(root["status_code"]);
  const known = status ?? inBody;
  const requestId = textOf(root["request_id"]);
  return {
    ...(known === undefined ? {} : { status: known }),
    kinds,
    message: words,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    quotas,
    ...(requestId === "" ? {} : { requestId }),
  };
}

const detailText = (detail: Json | undefined): string =>
  typeof detail === "string" ? detail : detail === undefined ? "" : JSON.stringify(detail).slice(0, 500);
