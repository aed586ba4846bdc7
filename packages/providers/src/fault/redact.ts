// Keys by their shape, for those that a vendor or a proxy echoes and that are not the one of this adapter.
const shapes = [
  // The vendors' own, and those of others that end up in requests and logs.
  /\b(sk|pk|rk|gsk|xai|hf|gh[opsu]|github_pat|glpat)[-_][A-Za-z0-9_-]{12,}/g,
  /\b(AIza[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{12,}|AKIA[A-Z0-9]{16})/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  // Whatever stands where a key does: in a header, in an assignment. One plain word after "bearer" is prose.
  /\b(bearer|basic)\s+(?=[A-Za-z]*[\d._~+/=-][A-Za-z0-9])[A-Za-z0-9._~+/=-]{8,}/gi,
  /\b(x-(goog-)?api-key["']?:?["']?|api[-_]?key["']?\s?[=:]["']?)\s*[A-Za-z0-9._~+/=-]{8,}/gi,
];
/** The value of a query that is called like a secret. */
const queries = /([?&](?:key|api[-_]?key|token|access[-_]?token|auth|secret|password|signature|sig)=)[^&\s"'<>]+/gi;
/** A user and a password in an address. */
const logins = /:\/\/[^/\s:@]+:[^/\s@]+@/g;

/** Takes secrets out of a text: the ones given, and whatever has the shape of a key. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    // As it is, as an address would hold it, and as JSON would.
    const forms = new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
    for (const form of forms) clean = clean.replaceAll(form, "[secret]");
  }
  for (const shape of shapes) clean = clean.replace(shape, "[secret]");
  return clean.replace(queries, "$1[secret]").replace(logins, "://[secret]@");
}
