import type { MemoryRecord } from "@brainops/core";

/** A record with little in it; give what matters. */
export function benchRecord(id: string, given: Partial<MemoryRecord> = {}): MemoryRecord {
  return {
    id,
    kind: "experience",
    scope: "bench",
    text: "",
    data: {},
    tags: [],
    importance: 0.5,
    confidence: 1,
    trust: "model",
    subjects: [],
    provenance: {},
    createdAt: 1_700_000_000_000,
    version: 1,
    ...given,
  };
}
