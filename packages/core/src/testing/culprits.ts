/** Something outside of the ledger that a node can reach by itself. */
export interface Culprit {
  /** The object that it is a member of. */
  readonly owner: object;
  readonly key: string;
  /** What it is called where it is told of. */
  readonly name: string;
  /** What to use instead. */
  readonly instead: string;
}

const effect = "ctx.effect()";

/** Members of what is global. Those that a version of Node does not have are left out. */
function globals(): Culprit[] {
  const { crypto, performance, process, Date, Math, AbortSignal } = globalThis;
  const temporal = (globalThis as { readonly Temporal?: { readonly Now: object } }).Temporal?.Now ?? {};
  return [
    ...members(Date, ["now"], "Date", "ctx.now()"),
    ...members(performance, ["now"], "performance", "ctx.now()"),
    ...members(temporal, functionsOf(temporal), "Temporal.Now", "ctx.now()"),
    ...members(Math, ["random"], "Math", "ctx.random()"),
    ...members(crypto, ["randomUUID"], "crypto", "ctx.id()"),
    ...members(crypto, ["getRandomValues"], "crypto", "ctx.random()"),
    ...members(crypto.subtle, ["generateKey"], "crypto.subtle", effect),
    ...members(process.hrtime, ["bigint"], "process.hrtime", "ctx.now()"),
    ...members(process, ["hrtime", "uptime"], "process", "ctx.now()"),
    ...members(process, ["memoryUsage", "cpuUsage", "resourceUsage"], "process", effect),
    ...members(AbortSignal, ["timeout"], "AbortSignal", "ctx.sleep(), or the node's timeoutMs"),
    ...members(globalThis, timers, "", "ctx.sleep()"),
    ...members(globalThis, ["fetch", "WebSocket", "EventSource"], "", effect),
  ];
}

const timers = ["setTimeout", "setInterval", "setImmediate"];
const chance = /^(random|generate(Key|Prime)|pseudoRandomBytes$|getRandomValues$|p?rng$)/;
const shared =
  /^(get|set)(DefaultResultOrder|Servers|DefaultAutoSelect)|^_|^create(Server|SecureContext)$|^is|^validate/;

/** Members of the modules of Node. */
function builtins(): Culprit[] {
  const module = (name: string): object => process.getBuiltinModule(`node:${name}`) as object;
  const all = (name: string, label: string, instead: string, which = /^[a-z]/): Culprit[] => {
    const owner = module(name);
    const keys = functionsOf(owner).filter((key) => which.test(key) && !shared.test(key));
    return members(owner, keys, label, instead);
  };
  const waits = module("timers/promises") as { readonly scheduler: object };
  return [
    ...all("crypto", "crypto", "ctx.id() or ctx.random(), or ctx.effect()", chance),
    ...members(module("timers"), timers, "timers", "ctx.sleep()"),
    ...members(waits, timers, "timers/promises", "ctx.sleep()"),
    ...members(waits.scheduler, ["wait", "yield"], "scheduler", "ctx.sleep()"),
    ...all("fs", "fs", effect),
    ...all("fs/promises", "fs.promises", effect),
    ...all("child_process", "child_process", effect),
    ...members(module("http"), ["request", "get"], "http", effect),
    ...members(module("https"), ["request", "get"], "https", effect),
    ...members(module("http2"), ["connect"], "http2", effect),
    ...members(module("net"), ["connect", "createConnection"], "net", effect),
    ...members(module("tls"), ["connect"], "tls", effect),
    ...members(module("dgram"), ["createSocket"], "dgram", effect),
    ...all("dns", "dns", effect),
    ...all("dns/promises", "dns.promises", effect),
    ...members(module("os"), ["freemem", "loadavg", "uptime", "cpus", "networkInterfaces"], "os", effect),
  ];
}

/** Everything that is watched. The date itself is watched apart: only without arguments does it look at the clock. */
export function culprits(): readonly Culprit[] {
  return [...globals(), ...builtins()];
}

/**
 * What Node calls the things that happen outside, when they are begun: also those that were begun by a function which was
 * taken out of its module before anything was watched.
 */
export const resources: { readonly [type: string]: string } = {
  Timeout: "a timer",
  Immediate: "a timer (setImmediate)",
  FSREQCALLBACK: "a file",
  FSREQPROMISE: "a file",
  FSEVENTWRAP: "a file",
  PROCESSWRAP: "a process",
  WORKER: "a worker",
  TCPWRAP: "the network",
  PIPEWRAP: "the network (a pipe)",
  UDPWRAP: "the network",
  HTTPCLIENTREQUEST: "the network",
  GETADDRINFOREQWRAP: "the network (dns)",
  GETNAMEINFOREQWRAP: "the network (dns)",
  QUERYWRAP: "the network (dns)",
  RANDOMBYTESREQUEST: "chance",
};

function functionsOf(owner: object): string[] {
  return Object.keys(owner).filter((key) => typeof Reflect.get(owner, key) === "function");
}

function members(owner: object, keys: readonly string[], label: string, instead: string): Culprit[] {
  return keys
    .filter((key) => typeof Reflect.get(owner, key) === "function")
    .map((key) => ({ owner, key, name: label === "" ? key : `${label}.${key}`, instead }));
}
