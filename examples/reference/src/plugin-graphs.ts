import { createBrain, type Graph } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { loadPlugin } from "./cli/load-plugin.ts";

/** The graphs that the plugin of a file registers, in all versions; none without a file. Throws `invalid_input`. */
export async function pluginGraphs(file: string | undefined): Promise<readonly Graph[]> {
  if (file === undefined) return [];
  const brain = await createBrain({ store: memoryStore(), plugins: [await loadPlugin(file)] });
  try {
    return [...(brain.registry.versions as readonly Graph[])];
  } finally {
    await brain.close();
  }
}
