/** Tokens that a file counts as, whatever its bytes: vendors bill pictures and pages, not characters of base64. */
const fileTokens = 1_500;

/** About how many tokens a value takes: one for four characters of its JSON, as far as nobody knows better. */
export function estimate(value: unknown): number {
  let files = 0;
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "object" || part === null || !("type" in part) || part.type !== "file") return part;
    files += 1;
    return null;
  });
  return Math.ceil((text ?? "").length / 4) + files * fileTokens;
}
