import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Attempt } from "@brainops/core";

type Tries = readonly Pick<Attempt, "model" | "outcome">[];

/** A model's server: ill, or well but holding every answer until it is let go. */
async function vendor() {
  const held: ServerResponse[] = [];
  let ill = true;
  let holding = false;
  const answer = { choices: [{ index: 0, message: { role: "assistant", content: "Well." }, finish_reason: "stop" }] };
  const server = createServer((request, response) => {
    request.resume();
    if (ill) response.writeHead(503, { "content-type": "application/json" }).end('{"error":{"message":"ill"}}');
    else if (holding) held.push(response);
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    held,
    heal() {
      ill = false;
      holding = true;
    },
    letGo() {
      holding = false;
      for (const response of held)
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    },
  };
}

async function worker(...args: readonly string[]): Promise<ChildProcess> {
  const child = fork(new URL("lib/breaker-worker.ts", import.meta.url), args);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "message");
  return child;
}

async function ask(child: ChildProcess): Promise<Tries> {
  const answer = once(child, "message");
  child.send("ask");
  return ((await answer) as [Tries])[0];
}

/** Asks again and again until the tries are so. */
async function until(child: ChildProcess, isSo: (tries: Tries) => boolean): Promise<Tries> {
  for (;;) {
    const tries = await ask(child);
    if (isSo(tries)) return tries;
    await sleep(50);
  }
}

const skipped = (tries: Tries): boolean => tries[0]?.outcome === "skipped";

test("processes on one file leave an ill model alone together, and one of them finds out whether it is well", async () => {
  const folder = mkdtempSync(join(tmpdir(), "breaker-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { url, held, heal, letGo } = await vendor();
  const common = [join(folder, "brain.db"), randomBytes(32).toString("hex"), url];
  const one = await worker(...common, "2");
  // These would never open by what they see themselves.
  const others = await Promise.all([worker(...common, "1000000"), worker(...common, "1000000")]);

  for (const other of others) expect(await ask(other)).toMatchObject([{ outcome: "failed" }, { outcome: "answered" }]);
  await until(one, skipped);
  for (const other of others) await until(other, skipped);

  heal();
  const all = [one, ...others];
  const askedMeanwhile = new Map<ChildProcess, number>();
  const answers = all.map(async (child) => {
    for (;;) {
      const tries = await ask(child);
      if (tries[0]?.outcome === "answered") return tries;
      expect(tries).toMatchObject([{ outcome: "skipped" }, { outcome: "answered" }]);
      if (held.length > 0) askedMeanwhile.set(child, (askedMeanwhile.get(child) ?? 0) + 1);
      await sleep(20);
    }
  });
  // One call is at the model. The other processes ask several times meanwhile, and none of them asks the model too.
  const over = Promise.all(answers);
  while ([...askedMeanwhile.values()].filter((times) => times >= 5).length < 2) await Promise.race([sleep(20), over]);
  expect(held).toHaveLength(1);
  letGo();
  for (const tries of await over) expect(tries).toEqual([{ model: "first", outcome: "answered" }]);
}, 60_000);
