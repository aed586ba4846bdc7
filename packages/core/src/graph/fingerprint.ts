import { hash as digest } from "node:crypto";
import { z } from "zod";
import type { Json } from "../contracts/json.ts";
import { canonical } from "../journal/canonical.ts";
import type { GraphDefinition } from "./definition.ts";

/**
 * Hash over what a graph is: names, versions, schemas, edges. Never over function text, which changes with every
 * build. Two graphs with one fingerprint may share journals.
 */
export function fingerprint(graph: Omit<GraphDefinition, "fingerprint" | "passes">): string {
  const steps = [...graph.steps.values()].map((step) =>
    step.kind === "graph"
      ? { name: step.name, graph: step.graph.fingerprint }
      : {
          name: step.name,
          version: step.version,
          input: schemaJson(step.input),
          output: schemaJson(step.output),
        },
  );
  const ways = [...graph.ways].map(([from, way]) => ({
    from,
    kind: way.kind,
    targets: way.targets,
    ...(way.kind === "each" ? { as: way.as } : {}),
  }));
  const whole = {
    name: graph.name,
    version: graph.version,
    state: schemaJson(graph.state),
    reducers: Object.keys(graph.reducers).sort(),
    steps,
    ways,
  };
  return digest("sha256", canonical(whole), "base64url").slice(0, 22);
}

function schemaJson(schema: z.ZodType | undefined): Json {
  if (schema === undefined) return null;
  // A node's schemas may say more than JSON Schema can (such as a transform); that part does not count.
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }))) as Json;
}
