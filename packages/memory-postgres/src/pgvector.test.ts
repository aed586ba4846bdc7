import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { storeSuite } from "@brainops/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres, type PoolHandle, type Statement } from "./index.ts";
import { insight } from "./test-support/insight.ts";

// PostgreSQL in this process, with pgvector. It has one connection, which a pool of one hands out in turn.
let lite: PGlite;
let schemas = 0;
let asked: string[] = [];

beforeAll(async () => {
  lite = await PGlite.create({ extensions: { vector } });
}, 60_000);

afterAll(() => lite.close());

function poolOf(db: PGlite): PoolHandle {
  let free = Promise.resolve();
  return {
    async connect() {
      const before = free;
      let release: () => void = () => undefined;
      free = new Promise((resolve) => (release = resolve));
      await before;
      return {
        async query(statement: Statement | string) {
          if (typeof statement === "string") {
            await db.exec(statement);
            return { rows: [] };
          }
          asked.push(statement.text);
          const { rows } = await db.query(statement.text, statement.values);
          return { rows };
        },
        release: () => release(),
      };
    },
    end: () => Promise.resolve(),
  };
}

const fresh = (): ReturnType<typeof postgres> =>
  postgres({ pool: poolOf(lite), schema: `lite_${schemas++}`, key: "k".repeat(43) });

describe("with pgvector", () => {
  beforeAll(() => lite.exec("create extension if not exists vector"));

  test("vectors are compared by pgvector, and then exactly", async () => {
    const store = await fresh().open();
    asked = [];
    await store.near(Float32Array.of(1, 0), "x/2", { scope: "acme" }, 3);
    await store.commit({
      id: "c",
      writes: [
        ...["a", "b", "c"].map((id) => insight(id)),
        { type: "vector", id: "a", version: 1, space: "x/2", vector: Float32Array.of(0, 0) },
        { type: "vector", id: "b", version: 1, space: "x/2", vector: Float32Array.of(-1, 0.1) },
        { type: "vector", id: "c", version: 1, space: "x/2", vector: Float32Array.of(0.1, 3e-8) },
      ],
    });
    const { nearest } = await store.near(Float32Array.of(1, 0), "x/2", { scope: "acme" }, 3);
    expect(nearest.map(({ record }) => record.id)).toEqual(["c", "a", "b"]);
    expect(nearest[1]?.similarity).toBe(0);
    expect(asked.some((text) => text.includes(".vector operator("))).toBe(true);
    await store.close();
  });

  // The whole suite runs on a server; here is what pgvector has a part in.
  const suite: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  storeSuite({ test: (name, run) => suite.push({ name, run }), fresh, histories: 0 });
  for (const { name, run } of suite.filter(({ name }) => /vector|near(est|ness)/.test(name)))
    test(name, { timeout: 60_000 }, () => expect(run()).resolves.toBeUndefined());
});
