import { BrainOpsError } from "@brainops/core";

/**
 * A base URL without its last slash. Throws `invalid_input` for one that is no http(s) address, or that carries a
 * password: addresses are shown in errors and logs, so a key does not belong into one.
 */
export function checkBaseUrl(name: string, baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new BrainOpsError(
      "invalid_input",
      `${name}: the base URL ${url === null ? `'${baseUrl}' ` : ""}is no http or https address. Give one such as http://127.0.0.1:11434.`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new BrainOpsError("invalid_input", `${name}: the base URL holds a user or password. Give the key as apiKey.`);
  }
  return baseUrl.replace(/\/+$/, "");
}
