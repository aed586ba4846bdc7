import assert from "node:assert/strict";
import { rememberIn } from "../../memory/remember.ts";
import { record, type Harness } from "./harness.ts";

const atOnce = 8;

/** What core does with the preconditions of commits, where many remember the same at once. */
export function rememberingTests({ test }: Harness): void {
  test("an error that many remember at once is one, and counts all of them", async (store) => {
    const given = { kind: "error", scope: "acme", fingerprint: "full" } as const;
    const remember = (id: string, more: { readonly scope?: string } = {}): Promise<string> =>
      rememberIn(store, Date, record(id, { ...given, ...more, text: `disk ${id} is full` }), []);
    const ids = await Promise.all([
      ...Array.from({ length: atOnce }, (_, i) => remember(`e${i}`)),
      remember("away", { scope: "acme/shop" }),
    ]);
    const [first] = ids;
    assert.deepEqual(ids, [...Array.from({ length: atOnce }, () => first), "away"]);
    const [known, ...others] = await store.find({ scope: "acme", kinds: ["error"], fingerprint: "full" });
    const found = [known, ...others].find((stored) => stored?.record.scope === "acme")?.record;
    assert.equal(others.length, 1);
    assert.deepEqual([found?.id, found?.version, found?.data["count"]], [first, atOnce, atOnce]);
  });
}
