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
  if (!secrets.includes(key)) secrets.push(key);
  return key;
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
