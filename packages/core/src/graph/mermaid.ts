import { END, START, type GraphDefinition } from "./definition.ts";

/** Draws a graph as a Mermaid flowchart. */
export function mermaid(graph: GraphDefinition): string {
  const ids = new Map([START, ...graph.steps.keys(), END].map((name, index) => [name, `n${index}`]));
  const lines = ["flowchart TD"];
  for (const [name, id] of ids) {
    const label = `"${name.replaceAll('"', "#quot;")}"`;
    const kind = graph.steps.get(name)?.kind;
    if (kind === undefined) lines.push(`  ${id}([${label}])`);
    else lines.push(kind === "graph" ? `  ${id}[[${label}]]` : `  ${id}[${label}]`);
  }
  for (const [from, way] of graph.ways) {
    for (const target of way.targets) {
      const arrow = way.kind === "branch" ? "-.->" : way.kind === "each" ? `-- "each ${way.as}" -->` : "-->";
      lines.push(`  ${ids.get(from)} ${arrow} ${ids.get(target)}`);
    }
  }
  return lines.join("\n");
}
