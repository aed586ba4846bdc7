import { expect, test } from "vitest";
import type { Store, StoreOpener } from "../../contracts/store.ts";
import { memoryStore } from "../memory-store.ts";
import { storeSuite } from "./index.ts";
import { defaultFaults } from "./test-support/default-faults.ts";
import { documentFaults } from "./test-support/document-faults.ts";
import type { Fault } from "./test-support/faults.ts";
import { readFaults } from "./test-support/read-faults.ts";
import { rememberingFaults } from "./test-support/remembering-faults.ts";
import { vectorFaults } from "./test-support/vector-faults.ts";
import { writeFaults } from "./test-support/write-faults.ts";

/** Runs the tests of the suite, without random histories, until one fails; gives its name. With `only`, just that test. */
async function firstFailure(makeOpener: () => StoreOpener, only?: string): Promise<string | undefined> {
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  storeSuite({ test: (name, run) => tests.push({ name, run }), fresh: makeOpener, histories: 0 });
  const chosen = tests.filter(({ name }) => only === undefined || name.startsWith(only));
  expect(chosen, `tests of the suite whose name begins with '${only}'`).not.toEqual([]);
  for (const { name, run } of chosen) {
    try {
      await run();
    } catch {
      return name;
    }
  }
  return undefined;
}

/** A store in memory with a fault. */
function faulty(fault: Fault): StoreOpener {
  const opener = memoryStore();
  const open = async (): Promise<Store> => {
    const store = await opener.open();
    return { ...store, ...fault(store) };
  };
  return { name: "faulty", open };
}

test("the suite finds nothing wrong with a sound store", async () => {
  expect(await firstFailure(memoryStore)).toBeUndefined();
});

for (const faults of [writeFaults, documentFaults, readFaults, defaultFaults, vectorFaults, rememberingFaults])
  for (const [noticedBy, some] of Object.entries(faults))
    for (const [name, fault] of Object.entries(some))
      test(`'${noticedBy}' notices when ${name}`, async () => {
        expect(await firstFailure(() => faulty(fault), noticedBy)).toBeDefined();
      });

test("the suite notices when a store forgets everything at closing", async () => {
  const forgetful = (): StoreOpener => ({ name: "forgetful", open: () => memoryStore().open() });
  expect(await firstFailure(forgetful, "everything is there when the store is opened again")).toBeDefined();
});
