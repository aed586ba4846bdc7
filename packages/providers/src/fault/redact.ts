// Keys by their shape, for those that a vendor or a proxy echoes and that are not the one of this adapter.
const shapes =
  /\b(sk|pk|rk|gsk|xai|hf)[-_][A-Za-z0-9_-]{12,}|\bAIza[A-Za-z0-9_-]{20,}|\b(bearer|x-api-key:?|api[-_]?key[=:])\s*[A-Za-z0-9._~+/=-]{8,}|:\/\/[^/\s:@]+:[^/\s@]+@/gi;

/** Takes secrets out of a text: the ones given, and whatever has the shape of a key. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, "[secret]");
  return clean.replace(shapes, (found) => (found.startsWith("://") ? "://[secret]@" : "[secret]"));
}
