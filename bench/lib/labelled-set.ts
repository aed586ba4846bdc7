import type { MemoryRecord, RecordKind } from "@brainops/core";
import { benchRecord } from "./bench-record.ts";
import { chatter, components, foreign, inflected, patterns, type Pattern } from "./labelled-words.ts";
import { randomFrom, type Random } from "./random.ts";
import type { LabelledSet, Question } from "./retrieval.ts";

const tenants = ["acme", "beta", "gamma"] as const;
const kinds: { readonly [group in Pattern["group"]]: RecordKind } = {
  error: "error",
  code: "experience",
  decision: "decision",
  learning: "learning",
};

/** The many ways in which one name is written: `order worker`, `orderWorker`, `order-worker`, `OrderWorker`, `order_worker`. */
function spelt(name: string, random: Random): string {
  const camel = name.replace(/ (.)/g, (_, letter: string) => letter.toUpperCase());
  const capital = camel.charAt(0).toUpperCase() + camel.slice(1);
  return random.pick([name, name, camel, capital, name.replace(" ", "-"), name.replace(" ", "_"), `${name}s`]);
}

/** One letter of one longer word has changed places with the next, as happens when one types. */
function mistyped(text: string, random: Random): string {
  const long = [...text.matchAll(/(?<![\w./-])[a-z]{6,}(?![\w./-])/g)];
  const word = long.length === 0 ? undefined : long[random.below(long.length)];
  if (word === undefined) return text;
  const at = word.index + 1 + random.below(word[0].length - 2);
  return `${text.slice(0, at)}${text[at + 1]}${text[at]}${text.slice(at + 2)}`;
}

/**
 * A labelled set that is no conversation: errors as they are printed, code, decisions, learnings and other languages, in
 * three tenants that hold nearly the same things, among chatter in the same words. Every question has one answer in its scope;
 * numbers in an error differ from those that were recorded, as they do in life. Some questions are mistyped, some are asked in
 * hardly a word of the answer, some in other forms of the words of other languages.
 */
export function makeLabelledSet(seed = 5): LabelledSet {
  const random = randomFrom(seed);
  const numbered = (text: string): string => text.replaceAll("#", () => String(1 + random.below(9000)));
  const records: MemoryRecord[] = [];
  const questions: Question[] = [];
  for (const tenant of tenants) {
    for (const [c, component] of components.entries())
      for (const [p, pattern] of patterns.entries()) {
        const written = { ...component, called: spelt(component.called, random) };
        const said = { ...component, called: spelt(component.called, random) };
        // Not everything happens everywhere.
        if (random.next() < 0.4) continue;
        const id = `${tenant}-${c}-${p}`;
        const scope = `${tenant}/${component.file.split("/")[1]}`;
        records.push(
          benchRecord(id, {
            scope,
            kind: kinds[pattern.group],
            text: numbered(pattern.text(written)),
            createdAt: 1_700_000_000_000 + random.below(200) * 86_400_000,
          }),
        );
        const inner = random.next() < 0.3;
        const ask = (text: string, group: string): unknown =>
          questions.push({ text: numbered(text), scope: inner ? scope : tenant, relevant: [id], group });
        ask(random.pick(pattern.asked)(said), pattern.group);
        if (random.next() < 0.3) ask(mistyped(random.pick(pattern.asked)(said), random), "mistyped");
        if (random.next() < 0.3) ask(pattern.paraphrased(said), "in other words");
      }
    for (const [c, component] of components.entries())
      for (const [i, say] of chatter.entries())
        records.push(
          benchRecord(`${tenant}-chatter-${c}-${i}`, {
            scope: `${tenant}/${component.file.split("/")[1]}`,
            text: numbered(say({ ...component, called: spelt(component.called, random) })),
            createdAt: 1_700_000_000_000 + random.below(200) * 86_400_000,
          }),
        );
    for (const [f, [, text, question]] of foreign.entries()) {
      const id = `${tenant}-foreign-${f}`;
      records.push(benchRecord(id, { scope: `${tenant}/world`, text }));
      questions.push({ text: question, scope: tenant, relevant: [id], group: "other languages" });
    }
    for (const [f, question] of inflected) {
      const relevant = [`${tenant}-foreign-${f}`];
      questions.push({ text: question, scope: tenant, relevant, group: "other languages, other forms" });
    }
  }
  return { records, questions };
}
