import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createService } from "../src/service.js";

const folder = mkdtempSync(join(tmpdir(), "stockroom-"));
const configFile = join(folder, "config.json");
const sound = { cacheSize: 1, taxPercent: 20, bulkQuantity: 10, bulkPercent: 15 };
const service = createService({ configFile });
const url = (path) => `http://127.0.0.1:${service.address().port}${path}`;

before(async () => {
  writeFileSync(configFile, JSON.stringify(sound));
  await new Promise((done) => service.listen(0, "127.0.0.1", done));
});

after(() => {
  service.close();
  service.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

test("it says that it is well", async () => {
  const response = await fetch(url("/health"));
  assert.equal(response.status, 200);
});

test("it quotes over HTTP", async () => {
  const quote = await (await fetch(url("/quote?items=nut:4"))).json();
  assert.equal(quote.net, 48);
});

test("it says what it does not have", async () => {
  const response = await fetch(url("/quote?items=unicorn"));
  assert.equal(response.status, 404);
});

test("it says so when its configuration is broken, and recovers", async () => {
  writeFileSync(configFile, JSON.stringify({ ...sound, cacheSize: "lots" }));
  assert.equal((await fetch(url("/health"))).status, 503);
  writeFileSync(configFile, JSON.stringify(sound));
  assert.equal((await fetch(url("/health"))).status, 200);
});
