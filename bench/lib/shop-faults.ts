import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ShopWorld } from "./shop-world.ts";

/** One kind of fault, or of something that is none. */
export interface Injection {
  readonly name: string;
  /** The actions that mend it; none when only a person can. `undefined` for a control. */
  readonly cure?: readonly string[];
  inject(world: ShopWorld): Promise<void>;
}

function fault(name: string, cure: readonly string[], inject: (world: ShopWorld) => Promise<void>): Injection {
  return { name, cure, inject };
}

const restart = ["service.restart"];
const restore = ["service.restore-config"];

function badConfig(name: string, text: string | null): Injection {
  return fault(`configuration: ${name}`, restore, (world) => world.config(text));
}

function inFile(name: string, file: string, text: string, cure: readonly string[]): Injection {
  return fault(name, cure, async (world) => writeFileSync(join(world.dir, file), text));
}

function badRelease(way: string): Injection {
  return fault(`release: ${way}`, ["release.rollback"], async (world) => {
    const { service } = world.crew;
    await service?.releases.switchTo((world.bad[way] ?? "").slice(0, 12));
    await service?.start(`bad-${way}-${Date.now()}`);
    await service?.waitHealthy();
  });
}

const good = { discount: 10, limit: 100, greeting: "hello" };

/** The kinds of fault. */
export const faults: readonly Injection[] = [
  fault("process: killed", restart, (world) => world.signal("SIGKILL")),
  fault("process: ended by SIGTERM", restart, (world) => world.signal("SIGTERM")),
  fault("process: aborted", restart, (world) => world.signal("SIGABRT")),
  fault("process: stopped", restart, (world) => world.signal("SIGSTOP")),
  ...["crash", "exit", "reject", "spin", "mute", "close"].map((way) =>
    fault(`process: ${way}`, restart, (world) => world.ask(`/break/${way}`)),
  ),
  ...["inconsistent", "exhausted", "poisoned", "expired"].map((state) =>
    fault(`state: ${state}`, restart, (world) => world.ask(`/break/state-${state}`)),
  ),
  badConfig("text for a number", JSON.stringify({ ...good, discount: "much" })),
  badConfig("negative", JSON.stringify({ ...good, discount: -1 })),
  badConfig("out of range", JSON.stringify({ ...good, limit: 1e9 })),
  badConfig("key missing", JSON.stringify({ discount: 10, limit: 100 })),
  badConfig("cut off", '{"discount": 10, "lim'),
  badConfig("empty", ""),
  badConfig("gone", null),
  badConfig("not an object", "null"),
  ...[
    "throws at boot",
    "exits at boot",
    "misses a module",
    "never listens",
    "listens elsewhere",
    "has a syntax error",
  ].map(badRelease),
  inFile("lock left behind", "lock", "", ["lock.remove"]),
  inFile("log full", "shop.log", "x".repeat(1_100_000), ["log.rotate"]),
  inFile("data: cut off", "data.json", '{"stock": [1, 2', ["data.restore"]),
  inFile("data: empty", "data.json", "", ["data.restore"]),
  inFile("data: other format", "data.json", "<xml/>", ["data.restore"]),
  fault("data: gone", ["data.restore"], async (world) => rmSync(join(world.dir, "data.json"))),
  inFile("certificate: expired", "certificate", "1", ["certificate.renew"]),
  inFile("certificate: garbled", "certificate", "nonsense", ["certificate.renew"]),
  inFile("queue: poisoned message", "queue", "good\npoison\n", ["queue.drop-poison"]),
  inFile("index: stale", "index", "0", ["index.rebuild"]),
  inFile("index: cut off", "index", "", ["index.rebuild"]),
  inFile("index: too new", "index", "9", ["index.rebuild"]),
  inFile("queue: unreadable", "queue", "\u0000\u0001", ["queue.drop-poison"]),
  inFile("clock: stopped", "clock", "", ["clock.set"]),
  inFile("clock: ahead", "clock", "99999", ["clock.set"]),
  fault("supplier: dead", ["supplier.start"], (world) => world.supplier("kill")),
  fault("supplier: stuck", ["supplier.start"], (world) => world.supplier("freeze")),
  inFile("supplier: wrong address", "supplier", "http://127.0.0.1:9/", ["supplier.start"]),
  inFile("supplier: no address", "supplier", "nonsense", ["supplier.start"]),
  inFile("outside: provider away", "outage", "", []),
  inFile("outside: licence expired", "licence", "", []),
  inFile("outside: office closed", "closed", "", []),
  inFile("outside: account locked", "account", "", []),
];

/** What looks unusual and is no fault. */
export const controls: readonly Injection[] = [
  { name: "nothing", inject: async () => {} },
  { name: "other good settings", inject: (world) => world.config(JSON.stringify({ ...good, discount: 50 })) },
  {
    name: "settings at the edge",
    inject: (world) => world.config(JSON.stringify({ ...good, discount: 0, limit: 1_000 })),
  },
  { name: "settings with more keys", inject: (world) => world.config(JSON.stringify({ ...good, more: true })) },
  { name: "a growing log", inject: async (world) => writeFileSync(join(world.dir, "shop.log"), "x".repeat(900_000)) },
  { name: "other data", inject: async (world) => writeFileSync(join(world.dir, "data.json"), '{"stock":[]}') },
  { name: "a file nobody knows", inject: async (world) => writeFileSync(join(world.dir, "stray"), "x") },
  { name: "a request that is not known", inject: (world) => world.ask("/no-such-path") },
  {
    name: "stopped for a moment",
    inject: async (world) => {
      await world.signal("SIGSTOP");
      await world.signal("SIGCONT");
    },
  },
  {
    name: "a rush of requests",
    inject: async (world) => {
      await Promise.all(Array.from({ length: 50 }, () => world.ask("/")));
    },
  },
  {
    name: "started anew by somebody",
    inject: async (world) => {
      await world.crew.service?.start(`somebody-${Date.now()}`);
      await world.crew.service?.waitHealthy();
    },
  },
  {
    name: "back to the release before",
    inject: async ({ crew: { service } }) => {
      await service?.releases.switchTo((await service.releases.previous()) ?? "");
      await service?.start(`back-${Date.now()}`);
      await service?.waitHealthy();
    },
  },
];
