import { candidateTests } from "./candidates.ts";
import { changesTests } from "./changes.ts";
import { commitTests } from "./commits.ts";
import { crashTests } from "./crash.ts";
import { documentTests } from "./documents.ts";
import { erasureTests } from "./erasure.ts";
import { growthTests } from "./growth.ts";
import { makeHarness, type StoreSuiteOptions } from "./harness.ts";
import { historyTests } from "./histories.ts";
import { lifecycleTests } from "./lifecycle.ts";
import { recordTests } from "./records.ts";
import { redactionTests } from "./redaction.ts";
import { rememberingTests } from "./remembering.ts";
import { streamTests } from "./streams.ts";
import { vectorTests } from "./vectors.ts";

export type { CrashOptions, StoreSuiteOptions } from "./harness.ts";

/**
 * The conformance suite for stores: registers tests that every implementation of `Store` must pass. It is bound to no test
 * runner; failures are those of `node:assert`.
 *
 * @example
 * ```ts
 * import { test } from "vitest";
 * import { memoryStore, storeSuite } from "@brainops/core/testing";
 * storeSuite({ test, fresh: () => memoryStore() });
 * ```
 */
export function storeSuite(options: StoreSuiteOptions): void {
  const harness = makeHarness(options);
  streamTests(harness);
  documentTests(harness);
  recordTests(harness);
  candidateTests(harness);
  commitTests(harness);
  erasureTests(harness);
  redactionTests(harness);
  changesTests(harness);
  vectorTests(harness);
  rememberingTests(harness);
  lifecycleTests(harness);
  crashTests(harness);
  growthTests(harness);
  historyTests(harness);
}
