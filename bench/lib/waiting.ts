// What it costs to look for work while very many runs wait.
import { storeDispatch, type Store, type Write } from "@brainops/core";

/** Who waits: whom nobody here can go on with, one scope's, many scopes', or those whose time has not come. */
export const crowds = ["none", "of another version", "of one scope", "of 10,000 scopes", "asleep"] as const;

const request = {
  graphs: [{ name: "g", fingerprint: "own" }],
  except: new Set<string>(),
  now: 1_000_000,
  signal: new AbortController().signal,
};

/** Lets `count` runs wait, and 20 others, and measures looks for 8 and for 1 of them, in milliseconds: median, most. */
export async function lookAmong(
  store: Store,
  crowd: (typeof crowds)[number],
  count: number,
): Promise<Record<string, number>> {
  const wake = (i: number, version: string, scope: string, at: number): Write => ({
    type: "wake",
    key: `run/${crowd}/${version}/${i}`,
    at,
    data: { graph: "g", version, fingerprint: version, scope },
    queue: { name: `${version}/0`, lane: at > request.now ? "/later" : scope },
  });
  const scopeOf = (i: number): string => (crowd === "of one scope" ? "many" : `s${i % 10_000}`);
  const of = (i: number): Write =>
    wake(i, crowd === "of another version" ? "other" : "own", scopeOf(i), crowd === "asleep" ? request.now + 1 + i : i);
  for (let i = 0; crowd !== "none" && i < count; i += 2000) {
    const writes = Array.from({ length: Math.min(2000, count - i) }, (_, n) => of(i + n));
    await store.commit({ id: `${crowd} ${i}`, writes });
  }
  const few = Array.from({ length: 20 }, (_, i) => wake(count + i, "own", `few${i % 4}`, 5000 + i));
  await store.commit({ id: `${crowd} few`, writes: few });
  const dispatch = storeDispatch(store);
  const row: Record<string, number> = {};
  for (const limit of [8, 1]) {
    const times: number[] = [];
    for (let i = 0; i < 100; i++) {
      const began = performance.now();
      const found = await dispatch.take({ ...request, limit });
      times.push(performance.now() - began);
      if (found.length !== limit) throw new Error(`${found.length} runs were found instead of ${limit}.`);
    }
    times.sort((a, b) => a - b);
    row[`look_for_${limit}_ms`] = Math.round((times[50] ?? 0) * 100) / 100;
    row[`look_for_${limit}_most_ms`] = Math.round((times.at(-1) ?? 0) * 100) / 100;
  }
  return row;
}
