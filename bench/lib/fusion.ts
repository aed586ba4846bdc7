import type { Embedder } from "@brainops/core";
import { fillVectors } from "@brainops/core/memory";
import { recall } from "@brainops/core/recall";
import { memoryStore } from "@brainops/core/testing";
import { direction } from "./pseudo-embedder.ts";
import type { Report } from "./report.ts";
import { fill, outcomeOf, summarise, type LabelledSet, type Outcome, type Question } from "./retrieval.ts";

const dimensions = 64;

/**
 * What words and vectors are worth together, for simulated embedders of several qualities: a question's vector is noise, and so
 * much of the vectors of what answers it. 0 is an embedder that knows nothing; it must not ruin what words find.
 */
export async function measureFusion(out: Report, name: string, sets: readonly LabelledSet[]): Promise<void> {
  for (const knowing of [0, 0.25, 0.4]) {
    const together: Outcome[] = [];
    const alone: Outcome[] = [];
    for (const set of sets) {
      const store = await memoryStore().open();
      await fill(store, set.records);
      const embedder = simulated(set, knowing);
      for (const scope of new Set(set.records.map((record) => record.scope))) await fillVectors(store, embedder, scope);
      for (const question of set.questions) {
        const { scope, relevant: _relevant, group: _group, ...query } = question;
        const hits = await recall(store, scope, { ...query, limit: 25 }, { embedder });
        together.push(
          outcomeOf(
            question,
            hits.map(({ record }) => record.id),
          ),
        );
        const [vector = new Float32Array(dimensions)] = await embedder.embed([question.text]);
        const { nearest } = await store.near(vector, `simulated/${dimensions}`, { scope }, 25);
        alone.push(
          outcomeOf(
            question,
            nearest.map(({ record }) => record.id),
          ),
        );
      }
      await store.close();
    }
    out.row({
      part: "fusion",
      set: name,
      embedder: "simulated",
      knowing,
      search: "vectors alone",
      ...summarise(alone),
    });
    out.row({ part: "fusion", set: name, embedder: "simulated", knowing, search: "both", ...summarise(together) });
  }
}

function simulated({ records, questions }: LabelledSet, knowing: number): Embedder {
  const texts = new Map(records.map(({ id, text }) => [id, text]));
  const asked = new Map(questions.map((question) => [question.text, question]));
  const vectorOf = ({ text, relevant }: Question): Float32Array => {
    const vector = direction(`asked: ${text}`, dimensions);
    for (const id of relevant)
      for (const [i, value] of direction(texts.get(id) ?? "", dimensions).entries())
        vector[i] = (vector[i] ?? 0) + knowing * value;
    return vector;
  };
  return {
    name: "simulated",
    dimensions,
    embed: (given) =>
      Promise.resolve(
        given.map((text) => {
          const question = asked.get(text);
          return question === undefined ? direction(text, dimensions) : vectorOf(question);
        }),
      ),
  };
}
