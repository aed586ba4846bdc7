import { pathToFileURL } from "node:url";
import { BrainOpsError, type Plugin } from "@brainops/core";

/** The plugin that a file exports as its default. Throws `invalid_plugin`. */
export async function loadPlugin(file: string): Promise<Plugin> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  } catch (cause) {
    throw new BrainOpsError(
      "invalid_input",
      `The plugin ${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const found = module.default;
  if (
    typeof found === "object" &&
    found !== null &&
    "name" in found &&
    "setup" in found &&
    typeof found.setup === "function"
  ) {
    return found as Plugin;
  }
  throw new BrainOpsError(
    "invalid_input",
    `${file} exports no plugin. It needs 'export default plugin({ name, setup })'.`,
  );
}
