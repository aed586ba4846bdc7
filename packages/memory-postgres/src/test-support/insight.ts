import type { Write } from "@brainops/core";

/** The write of a small record. */
export function insight(id: string, text: string = id, scope = "acme"): Write {
  const filled = {
    data: {},
    tags: [],
    importance: 0,
    confidence: 1,
    trust: "test",
    subjects: [],
    provenance: {},
  } as const;
  return { type: "record", record: { id, kind: "insight", scope, text, createdAt: 1, version: 1, ...filled } };
}
