import type { Action, Healer } from "../contracts/action.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Listener } from "../contracts/event.ts";
import type { Guard } from "../contracts/guard.ts";
import type { Model } from "../contracts/model.ts";
import type { Node } from "../contracts/node.ts";
import type {
  Command,
  GraphInfo,
  Health,
  Loop,
  Plugin,
  PluginHandle,
  PluginStorage,
  Registrar,
} from "../contracts/plugin.ts";
import type { Store } from "../contracts/store.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { checkListener, checkLoop, checkPlugin, checkRegistered } from "./check-registered.ts";
import { companion, root, type Companion } from "./companion.ts";

/** What the plugins of a Brain registered, and what the Brain was given itself. */
export interface Registry {
  /** Nodes by name, for graphs to name. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** The graph that new runs of a name take: the first that was registered. */
  readonly graphs: ReadonlyMap<string, GraphInfo>;
  /** All graphs, those of earlier versions included. */
  readonly versions: readonly GraphInfo[];
  /** Actions by name, as `ctx.act` and remedies name them. */
  readonly actions: ReadonlyMap<string, Action>;
  /** Healers by name. Listed only: asked are those that a healing graph was made with. */
  readonly healers: ReadonlyMap<string, Healer>;
  /** Models by name; the Brain's own is the one that nodes ask by default. */
  readonly models: ReadonlyMap<string, Model>;
  /** Commands by name, as `brain.command` takes them. */
  readonly commands: ReadonlyMap<string, Command>;
  /** Loops by name; `brain.startLoops` starts them. */
  readonly loops: ReadonlyMap<string, Loop>;
  /** Guards in the order in which they are asked. */
  readonly guards: readonly Guard[];
  /** Listeners that were registered; not those of `brain.on`. */
  readonly listeners: readonly Listener[];
}

/** The plugins of a Brain once they are set up. */
export interface Registered extends Registry {
  /** What adds writes to the commit of each entry, in order. */
  readonly companions: readonly Companion[];
  /** How each plugin is doing; one without a `health` of its own is well. */
  health(): Promise<readonly (Health & { readonly name: string })[]>;
  /** Closes the plugins, the last one first. The first error is thrown when all are closed. */
  close(): Promise<void>;
}

/** Sets up plugins in order. When one throws, those before it are closed again and its error is thrown. */
export async function setUp(plugins: readonly Plugin[], store: Store, now: () => number): Promise<Registered> {
  const maps = {
    nodes: new Map(),
    graphs: new Map(),
    actions: new Map(),
    healers: new Map(),
    models: new Map(),
    commands: new Map(),
    loops: new Map(),
  };
  const guards: Guard[] = [];
  const listeners: Listener[] = [];
  const companions: Companion[] = [];
  const versions: GraphInfo[] = [];
  const started: { readonly name: string; readonly handle: PluginHandle }[] = [];

  async function close(): Promise<void> {
    const errors: unknown[] = [];
    for (const { handle } of started.splice(0).reverse()) {
      try {
        await handle.close?.();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  const names = new Set<string>();
  try {
    for (const plugin of plugins) {
      checkPlugin(plugin);
      const { name } = plugin;
      if (names.has(name))
        throw new BrainOpsError("invalid_plugin", `There are two plugins called '${name}'. Leave one out.`);
      names.add(name);
      let open = true;
      const put = <T extends { readonly name: string }>(kind: keyof typeof maps, value: T): void => {
        checkOpen(open, name);
        checkRegistered(name, kind, value);
        const map = maps[kind] as Map<string, unknown>;
        if (map.has(value.name))
          throw new BrainOpsError(
            "invalid_plugin",
            `Plugin '${name}' registers '${value.name}' among the ${kind}, and that name is taken. Give it another.`,
          );
        map.set(value.name, value);
      };
      const registrar: Registrar = {
        node: (node) => put("nodes", node),
        graph(graph) {
          checkOpen(open, name);
          checkRegistered(name, "graphs", graph);
          if (versions.some((known) => known.name === graph.name && known.version === graph.version)) {
            throw new BrainOpsError(
              "invalid_plugin",
              `Plugin '${name}' registers '${graph.name}' among the graphs, and version '${graph.version}' of that name is taken. Give it another name or version.`,
            );
          }
          versions.push(graph);
          if (!maps.graphs.has(graph.name)) put("graphs", graph);
        },
        action: (action) => put("actions", action),
        healer: (healer) => put("healers", healer),
        model: (model) => put("models", model),
        command: (command) => put("commands", command),
        loop: (loop) => put("loops", loop),
        guard(guard) {
          checkOpen(open, name);
          checkRegistered(name, "guards", guard);
          guards.push(guard);
        },
        on(listener) {
          checkOpen(open, name);
          checkListener(name, "on()", listener);
          listeners.push(listener);
        },
        withCommit(writes) {
          checkOpen(open, name);
          checkListener(name, "withCommit()", writes);
          companions.push(companion(name, writes));
        },
        storage: pluginStorage(name, store, now),
      };
      const handle = await plugin.setup(registrar);
      open = false;
      started.push({ name, handle: handle ?? {} });
    }
    for (const loop of maps.loops.values()) checkLoop(loop as Loop, maps.graphs);
  } catch (error) {
    // The error that stopped the start is the one to be told.
    await close().catch(() => {});
    throw error;
  }
  return {
    ...maps,
    guards,
    listeners,
    companions,
    versions,
    health: () => Promise.all(started.map(async ({ name, handle }) => ({ name, ...(await checkHealth(handle)) }))),
    close,
  };
}

async function checkHealth(handle: PluginHandle): Promise<Health> {
  try {
    return (await handle.health?.()) ?? { ok: true };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function checkOpen(open: boolean, plugin: string): void {
  if (!open)
    throw new BrainOpsError(
      "invalid_plugin",
      `Plugin '${plugin}' registers something after its setup has ended. Do it in setup.`,
    );
}

function pluginStorage(plugin: string, store: Store, now: () => number): PluginStorage {
  const own = root(plugin);
  const strip = <T extends { readonly key: string }>(document: T): T => ({
    ...document,
    key: document.key.slice(own.length),
  });
  return {
    async get(key) {
      const found = await store.document(own + key);
      return found === undefined ? undefined : strip(found);
    },
    async put(key, value, expectedVersion) {
      const version = expectedVersion === undefined ? {} : { expectedVersion };
      await commitSurely(store, uuid7(now()), [{ type: "document", key: own + key, value, ...version }]);
    },
    list: async (start = "") => (await store.documents(own + start)).map(strip),
  };
}
