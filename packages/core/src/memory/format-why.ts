import type { Reason } from "./why.ts";

/** How the lines of {@link formatWhy} look. */
export interface WhyFormat {
  /** No line is longer, as far as the indentation lets it. Default 120. */
  readonly columns?: number;
  /** Marks what is said about a record, beside its text. Default: leaves it as it is. */
  readonly dim?: (text: string) => string;
}

/**
 * A tree of {@link why} as lines for people: a record a line, with how it stands to the one above, and below it who says so,
 * how sure it is by now and where it comes from.
 *
 * @example
 * ```ts
 * import type { Store } from "@brainops/core";
 * import { formatWhy, why } from "@brainops/core/memory";
 * declare const store: Store;
 * console.log(formatWhy(await why(store, "acme", "some-learning"), { columns: 100 }).join("\n"));
 * ```
 */
export function formatWhy(reason: Reason, { columns = 120, dim = (text) => text }: WhyFormat = {}): string[] {
  const lines: string[] = [];
  add(reason, "", "");
  return lines;

  function add(node: Reason, first: string, rest: string): void {
    const { record, relation } = node;
    const how = relation === undefined ? "" : `${relation} `;
    lines.push(first + clip(`${how}[${record.kind}] ${record.text}`, columns - first.length));
    const below = node.reasons.length > 0 || node.more > 0 || node.elsewhere.length > 0;
    const bar = below ? "│  " : "   ";
    for (const detail of detailsOf(node)) lines.push(dim(rest + bar + clip(detail, columns - rest.length - 3)));
    const others = [
      ...node.elsewhere.map((address) => `because of ${address}, which is not here`),
      ...(node.more > 0 ? [`and ${node.more} more`] : []),
    ];
    const total = node.reasons.length + others.length;
    for (const [i, child] of node.reasons.entries())
      add(child, `${rest}${i === total - 1 ? "└─ " : "├─ "}`, `${rest}${i === total - 1 ? "   " : "│  "}`);
    for (const [i, text] of others.entries())
      lines.push(dim(`${rest}${i === others.length - 1 ? "└─ " : "├─ "}${text}`));
  }
}

function detailsOf({ record, counters, trust, confidence, provenance, reason, seen }: Reason): string[] {
  const { run, node, path, position } = provenance;
  const place = [
    ...(node === undefined ? [] : [`node ${node}`]),
    ...(path === undefined || path === "" ? [] : [`at ${path}`]),
    ...(position === undefined ? [] : [`entry ${position}`]),
  ];
  const origin = run === undefined ? "outside of a run" : ["run " + run, ...place].join(", ");
  const outcomes =
    record.kind === "error"
      ? counters.tries > 0
        ? [`seen ${counters.tries} times`]
        : []
      : counters.tries > 0
        ? [`${counters.successes} of ${counters.tries} speak for it`]
        : [];
  return [
    [
      `says a ${trust === "outside" ? "text from outside" : trust}`,
      `${Math.round(confidence * 100)} % sure`,
      ...outcomes,
    ].join(", "),
    `${record.id}, ${new Date(record.createdAt).toISOString()}, ${origin}`,
    ...(reason === undefined ? [] : [`"${reason}"`]),
    ...(seen ? ["its reasons stand above"] : []),
  ];
}

/** On one line, no longer than so many characters. */
function clip(text: string, length: number): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  const most = Math.max(20, length);
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
