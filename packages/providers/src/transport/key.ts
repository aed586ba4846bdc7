import { BrainOpsError } from "@brainops/core";

/**
 * The key given, or the one of the documented variable. Without one the error is `auth`, and nothing is sent. What is
 * found is added to the secrets that are never said aloud.
 */
export function apiKey(name: string, given: string | undefined, variable: string, secrets: string[]): string {
  const key = given ?? process.env[variable];
  if (key === undefined || key.trim() === "") {
    throw new BrainOpsError("auth", `${name}: there is no API key. Give apiKey, or set ${variable}.`);
  }
  return cleanKey(name, key, secrets);
}

/** A key as it can be sent: without the line end that a file adds. One that holds what no key does is the error `auth`. */
export function cleanKey(name: string, given: string, secrets: string[]): string {
  const key = given.trim();
  if (!secrets.includes(key)) secrets.push(key);
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new BrainOpsError(
    "auth",
    `${name}: the API key holds spaces, line breaks or characters that no key has. Copy it again.`,
  );
}

/** The keys that a client which was handed in shows, so that they are never said aloud either. */
export function keysOf(client: object | undefined): string[] {
  const shown: { readonly apiKey?: unknown; readonly authToken?: unknown } = client ?? {};
  return [shown.apiKey, shown.authToken].filter((key) => typeof key === "string");
}

/** Makes a thing when it is first wanted. A failure is not kept, so that a key that is set later is found. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((cause: unknown) => {
      made = undefined;
      throw cause;
    });
    return made;
  };
}
