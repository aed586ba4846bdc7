import { describe, test } from "vitest";
import { memoryStore } from "./memory-store.ts";
import { storeSuite } from "./store-suite/index.ts";

describe("the in-memory store", () => {
  storeSuite({ test, fresh: () => memoryStore() });
});
