import { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import { judge } from "../run/judge.ts";
import type { Registry } from "./registry.ts";

/** Makes the function that runs registered commands: validated, and asked of the guards. */
export function createCommands(
  registry: Registry,
  scope: string,
): (name: string, args: JsonObject, options?: { readonly signal?: AbortSignal }) => Promise<Json> {
  return async (name, args, { signal = new AbortController().signal } = {}) => {
    const command = registry.commands.get(name);
    if (command === undefined) {
      const known = [...registry.commands.keys()].join(", ") || "none";
      throw new BrainOpsError("not_found", `There is no command '${name}'. Known are: ${known}.`, {
        details: { name },
      });
    }
    const parsed = command.args.safeParse(args);
    if (!parsed.success)
      throw new BrainOpsError(
        "invalid_input",
        `The arguments of the command '${name}' do not fit: ${z.prettifyError(parsed.error)}`,
        { details: { name } },
      );
    for (const guard of registry.guards) {
      const said = await judge(guard, {
        kind: "command",
        name,
        class: "irreversible",
        risk: command.risk,
        input: args,
        run: "",
        node: "",
        scope,
      });
      // A command has no run in which a person could be asked.
      if (said.verdict !== "allow")
        throw new BrainOpsError(
          "denied",
          `The command '${name}' was not allowed: the guard '${guard.name}' says: ${said.reason}. Nothing was done.`,
          { details: { name } },
        );
    }
    return command.run(parsed.data, { signal });
  };
}
