import { createHash } from "node:crypto";
import { mayBeName, namesIn } from "./log-names.ts";
import { isWord, logTokens, variable } from "./log-tokens.ts";

/** Lines that say the same with other values. */
export interface LogGroup {
  /** 16 hexadecimal digits, from the first line of the group: the same in another process that saw it first too. */
  readonly id: string;
  /** What is the same in all its lines, with `<*>` for what differs. */
  readonly template: string;
  /** How many lines it holds. */
  readonly count: number;
  /**
   * Which of the words of its template, counted from 0, are names: so many different ones were met there that any other is
   * one more. Absent where there are none.
   */
  readonly names?: readonly number[];
}

/** Groups log lines as they come. */
export interface LogGroups {
  /** The group of a line, a new one when it is like none before. */
  add(line: string): LogGroup;
  /**
   * What has become of a group: groups that differ in names only are put together once there are enough of them to tell, under a
   * new id. Undefined when it was forgotten.
   */
  now(id: string): LogGroup | undefined;
  /** All groups, the least recently met first. Give them to {@link logGroups} to go on in another process. */
  groups(): readonly LogGroup[];
}

interface Group {
  readonly id: string;
  readonly leaf: string;
  readonly tokens: string[];
  /** Which tokens are words, worked out once. */
  readonly words: boolean[];
  /** Where names stand. */
  readonly names: readonly number[];
  count: number;
}

// One configuration for every log. Two groups for one message cost a second search; one group for two messages applies
// the wrong remedy: so a differing word counts against a group, not only as missing, and in a line of less than some twenty
// tokens it decides.
const prefixWords = 2;
const leastSimilarity = 0.6;
const wordPenalty = 6;
const mostInLeaf = 200;
// With so many others of its length, the newest, a new group is compared.
const mostCompared = 250;

/**
 * Groups log lines by a tree of fixed depth over their number of tokens and first words (Drain: P. He et al., 2017),
 * after what is a value in any log was taken out. It learns from one line after another, in one pass, with bounded memory.
 * Groups that differ in one to three words each, six of them and more, differ in names, and become one: a job's, a host's, a
 * person's. Verbs, states, grades and what names an error are no names.
 *
 * @example
 * ```ts
 * import { logGroups } from "@brainops/core/healing";
 * const groups = logGroups();
 * groups.add("Connection from 10.0.0.7 closed after 20 ms");
 * groups.add("Connection from 10.0.0.9 closed after 1.5 s").template; // "Connection from <*> closed after <*>"
 * ```
 */
export function logGroups(
  options: {
    /** Groups of an earlier process, from {@link LogGroups.groups}. Default: none. */
    readonly known?: readonly LogGroup[];
    /** Groups kept; beyond it the least recently met is forgotten. Default 10,000. */
    readonly most?: number;
  } = {},
): LogGroups {
  const most = options.most ?? 10_000;
  const all = new Map<string, Group>();
  const leaves = new Map<string, Group[]>();
  // By the number of tokens: those that are met by names, and the newest of all, the very newest last.
  const named = new Map<number, Group[]>();
  const sized = new Map<number, Group[]>();
  const became = new Map<string, string>();

  function keep(group: Group): void {
    all.set(group.id, group);
    became.delete(group.id);
    const leaf = push(leaves, group.leaf, group);
    const alike = push(sized, group.tokens.length, group);
    if (alike.length > mostCompared) alike.shift();
    if (group.names.length > 0) push(named, group.tokens.length, group);
    if (leaf.length > mostInLeaf) forget(leaf.reduce((a, b) => (met(a) <= met(b) ? a : b)));
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
    drop(leaves, group.leaf, group);
    drop(sized, group.tokens.length, group);
    if (group.names.length > 0) drop(named, group.tokens.length, group);
  }

  function create(tokens: string[], names: readonly number[] = []): Group {
    return { id: freeId(all, tokens), leaf: leafOf(tokens), tokens, words: tokens.map(isWord), names, count: 0 };
  }

  /** A new group, or the one in which it ends up with others that differ in names only. */
  function settle(group: Group): Group {
    const others = (sized.get(group.tokens.length) ?? []).filter((other) => other !== group);
    const found = namesIn(group, others);
    if (found === undefined) return group;
    const { places, alike } = found;
    for (const each of alike) forget(each);
    const names = [...new Set([...places, ...alike.flatMap((each) => each.names)])].toSorted((a, b) => a - b);
    const one = create(
      group.tokens.map((token, i) => (places.includes(i) ? variable : token)),
      names,
    );
    // Also those that the places and names of all of them make alike.
    const more = others.filter((other) => all.has(other.id) && byNames([one], other.tokens) !== undefined);
    for (const each of more) forget(each);
    for (const each of [...alike, ...more]) {
      one.count += each.count;
      became.set(each.id, one.id);
    }
    while (became.size > most) became.delete(became.keys().next().value ?? "");
    keep(one);
    return settle(one);
  }

  for (const { id, template, count, names = [] } of options.known ?? []) {
    const tokens = template.split(" ").filter((token) => token !== "");
    const group = { id, leaf: leafOf(tokens), tokens, words: tokens.map(isWord), names, count };
    keep(group);
    touch(group);
  }

  return {
    add(line) {
      const tokens = logTokens(line);
      let group = nearest(leaves.get(leafOf(tokens)) ?? [], tokens) ?? byNames(named.get(tokens.length) ?? [], tokens);
      if (group === undefined) {
        group = create(tokens);
        keep(group);
        group = settle(group);
      } else if (widen(group, tokens)) group = settle(group);
      group.count += 1;
      touch(group);
      return shown(group);
    },
    now(id) {
      let last = id;
      for (let next = became.get(last); next !== undefined; next = became.get(last)) last = next;
      const group = all.get(last);
      return group === undefined ? undefined : shown(group);
    },
    groups: () => [...all.values()].map(shown),
  };
}

function push<K>(groups: Map<K, Group[]>, key: K, group: Group): Group[] {
  const list = groups.get(key);
  if (list !== undefined) list.push(group);
  else groups.set(key, [group]);
  return list ?? [group];
}

function drop<K>(groups: Map<K, Group[]>, key: K, group: Group): void {
  const list = groups.get(key) ?? [];
  const at = list.indexOf(group);
  if (at !== -1) list.splice(at, 1);
  if (list.length === 0) groups.delete(key);
}

/** The group with names that a line is one of: the one of which it has the most words. */
function byNames(groups: readonly Group[], tokens: readonly string[]): Group | undefined {
  const fits = groups.filter((group) =>
    tokens.every((token, i) => token === group.tokens[i] || (group.names.includes(i) && mayBeName(token))),
  );
  return fits.length < 2 ? fits[0] : fits.reduce((a, b) => (a.names.length <= b.names.length ? a : b));
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

/** Makes a variable of what differs. Returns whether anything did that was none before. */
function widen(group: Group, tokens: readonly string[]): boolean {
  let wider = false;
  for (const [i, token] of tokens.entries()) {
    if (group.tokens[i] === token || group.tokens[i] === variable) continue;
    group.tokens[i] = variable;
    group.words[i] = false;
    wider = true;
  }
  return wider;
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
  const { id, tokens, count, names } = group;
  return { id, template: tokens.join(" "), count, ...(names.length > 0 ? { names } : {}) };
}
