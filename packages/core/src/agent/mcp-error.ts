import { BrainOpsError, isBrainOpsError, type ErrorCode } from "../contracts/error.ts";

/** Codes of the client and of JSON-RPC, as ours. */
const codes: { readonly [code: string]: ErrorCode } = {
  REQUEST_TIMEOUT: "timeout",
  NOT_CONNECTED: "network",
  CONNECTION_CLOSED: "network",
  SEND_FAILED: "network",
  CLIENT_HTTP_NOT_IMPLEMENTED: "network",
  CLIENT_HTTP_UNEXPECTED_CONTENT: "network",
  CLIENT_HTTP_FAILED_TO_OPEN_STREAM: "network",
  CLIENT_HTTP_AUTHENTICATION: "auth",
  CLIENT_HTTP_FORBIDDEN: "permission",
  INVALID_RESULT: "invalid_response",
  "-32601": "not_found",
  "-32602": "invalid_tool_call",
};

/** An error of a call, with a code of ours. */
export function callError(server: string, error: unknown): BrainOpsError {
  return errorOf(server, error, "effect_failed");
}

/** An error of connecting, with a code of ours. */
export function connectionError(server: string, error: unknown): BrainOpsError {
  return errorOf(server, error, "network");
}

function errorOf(server: string, error: unknown, fallback: ErrorCode): BrainOpsError {
  if (isBrainOpsError(error)) return error;
  const given = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  return new BrainOpsError(codes[given] ?? fallback, `The MCP server '${server}' says: ${message}`, {
    cause: error,
    details: { server },
  });
}
