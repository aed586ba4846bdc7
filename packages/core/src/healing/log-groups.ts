import { createHash } from "node:crypto";
import { isWord, logTokens, variable } from "./log-tokens.ts";

/** Lines that say the same with other values. */
export interface LogGroup {
  /** 16 hexadecimal digits, from the first line of the group: the same in another process that saw it first too. */
  readonly id: string;
  /** What is the same in all its lines, with `<*>` for what differs. */
  readonly template: string;
  /** How many lines it holds. */
  readonly count: number;
}

/** Groups log lines as they come. */
export interface LogGroups {
  /** The group of a line, a new one when it is like none before. */
  add(line: string): LogGroup;
  /** All groups, the least recently met first. Give them to {@link logGroups} to go on in another process. */
  groups(): readonly LogGroup[];
}

interface Group {
  readonly id: string;
  readonly leaf: string;
  readonly tokens: string[];
  /** Which tokens are words, worked out once. */
  readonly words: boolean[];
  count: number;
}

// One configuration for every log. Two groups for one message cost a second search; one group for two messages applies
// the wrong remedy: so a differing word counts against a group, not only as missing, and in a line of less than some twenty
// tokens it decides.
const prefixWords = 2;
const leastSimilarity = 0.6;
const wordPenalty = 6;
const mostInLeaf = 200;

/**
 * Groups log lines by a tree of fixed depth over their number of tokens and first words (Drain: P. He et al., 2017),
 * after what is a value in any log was taken out. It learns from one line after another, in one pass, with bounded memory.
 *
 * @param options.known Groups of an earlier process, from {@link LogGroups.groups}.
 * @param options.most Groups kept; beyond it the least recently met is forgotten. Default 10,000.
 *
 * @example
 * ```ts
 * import { logGroups } from "@brainops/core/healing";
 * const groups = logGroups();
 * groups.add("Connection from 10.0.0.7 closed after 20 ms");
 * groups.add("Connection from 10.0.0.9 closed after 1.5 s").template; // "Connection from <*> closed after <*>"
 * ```
 */
export function logGroups(options: { readonly known?: readonly LogGroup[]; readonly most?: number } = {}): LogGroups {
  const most = options.most ?? 10_000;
  const all = new Map<string, Group>();
  const leaves = new Map<string, Group[]>();

  function keep(group: Group): void {
    all.set(group.id, group);
    const leaf = leaves.get(group.leaf);
    if (leaf === undefined) leaves.set(group.leaf, [group]);
    else leaf.push(group);
    if (leaf !== undefined && leaf.length > mostInLeaf) forget(leaf.reduce((a, b) => (met(a) <= met(b) ? a : b)));
    const [oldest] = all.size > most ? all.values() : [];
    if (oldest !== undefined) forget(oldest);
  }

  let clock = 0;
  const times = new Map<string, number>();
  const met = (group: Group): number => times.get(group.id) ?? 0;
  function touch(group: Group): void {
    times.set(group.id, ++clock);
    all.delete(group.id);
    all.set(group.id, group);
  }

  function forget(group: Group): void {
    all.delete(group.id);
    times.delete(group.id);
    const rest = (leaves.get(group.leaf) ?? []).filter((other) => other !== group);
    if (rest.length === 0) leaves.delete(group.leaf);
    else leaves.set(group.leaf, rest);
  }

  for (const { id, template, count } of options.known ?? []) {
    const tokens = template.split(" ").filter((token) => token !== "");
    const group = { id, leaf: leafOf(tokens), tokens, words: tokens.map(isWord), count };
    keep(group);
    touch(group);
  }

  return {
    add(line) {
      const tokens = logTokens(line);
      const leaf = leafOf(tokens);
      let group = nearest(leaves.get(leaf) ?? [], tokens);
      if (group === undefined) {
        group = { id: freeId(all, tokens), leaf, tokens, words: tokens.map(isWord), count: 0 };
        keep(group);
      } else widen(group, tokens);
      group.count += 1;
      touch(group);
      return shown(group);
    },
    groups: () => [...all.values()].map(shown),
  };
}

/** What is quoted is a value, even where it is a word. */
function isQuoted(token: string): boolean {
  return (token.startsWith('"') || token.startsWith("'")) && !isWord(token);
}

/** Number of tokens and the first words. Values do not count as words: they would end the prefix early. */
function leafOf(tokens: readonly string[]): string {
  let leaf = String(tokens.length);
  let words = 0;
  for (const token of tokens) {
    const value = token.includes(variable) || isQuoted(token);
    leaf += `\0${value ? variable : token}`;
    if (!value && ++words === prefixWords) break;
  }
  return leaf;
}

/** The most similar group that is similar enough; of equals the one with the most variables. */
function nearest(groups: readonly Group[], tokens: readonly string[]): Group | undefined {
  let best: Group | undefined;
  let bestScore = leastSimilarity * tokens.length;
  let bestVariables = -1;
  for (const group of groups) {
    let score = 0;
    let variables = 0;
    for (let i = 0; i < tokens.length; i++) {
      const [has, wants] = [tokens[i] ?? "", group.tokens[i] ?? ""];
      if (wants === variable) variables += 1;
      if (has === wants) score += 1;
      else if (wants !== variable && group.words[i] === true && isWord(has)) score -= wordPenalty;
    }
    if (score < bestScore || (score === bestScore && variables <= bestVariables)) continue;
    [best, bestScore, bestVariables] = [group, score, variables];
  }
  return best;
}

function widen(group: Group, tokens: readonly string[]): void {
  for (const [i, token] of tokens.entries()) {
    if (group.tokens[i] === token) continue;
    group.tokens[i] = variable;
    group.words[i] = false;
  }
}

/** From the tokens; a group that widened may have left its first id to be met again. */
function freeId(taken: ReadonlyMap<string, Group>, tokens: readonly string[]): string {
  for (let round = 0; ; round++) {
    const id = createHash("sha256")
      .update(`${round}\0${tokens.join(" ")}`)
      .digest("hex")
      .slice(0, 16);
    if (!taken.has(id)) return id;
  }
}

function shown(group: Group): LogGroup {
  return { id: group.id, template: group.tokens.join(" "), count: group.count };
}
