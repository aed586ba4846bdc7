import type { Release } from "@brainops/nodes";

/** What became of a release, in a few words. */
export function releaseLine({ id, ok, declined, detail }: Release): string {
  if (ok) return `${id} is up and healthy`;
  return declined === true ? `${id} was ${detail}` : `${id} is not healthy: ${detail}`;
}
