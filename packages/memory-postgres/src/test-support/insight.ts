import type { Write } from "@brainops/core";

/** What differs from record to record beside its id and its text. */
interface Given {
  readonly scope?: string;
  readonly version?: number;
  readonly tags?: readonly string[];
}

/** The write of a small record. */
export function insight(id: string, text: string = id, given: Given = {}): Write {
  const filled = { data: {}, importance: 0, confidence: 1, trust: "test", subjects: [], provenance: {} } as const;
  const { scope = "acme", version = 1, tags = [] } = given;
  return { type: "record", record: { id, kind: "insight", scope, text, tags, createdAt: 1, version, ...filled } };
}
