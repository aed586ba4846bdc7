import fc from "fast-check";
import { expect, test } from "vitest";
import type { StreamPart } from "@brainops/core";
import { scriptedModel } from "@brainops/core/testing";
import { chain } from "@brainops/providers";
import { ask } from "../test-support/play.ts";

/** Cuts a text into pieces at these places. */
const pieces = (text: string, cuts: readonly number[]): string[] => {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].toSorted(
    (a, b) => a - b,
  );
  return places.slice(1).map((to, index) => text.slice(places[index], to));
};

const screen = (parts: readonly StreamPart[]): string =>
  parts.reduce((text, part) => (part.type === "discard" ? "" : part.type === "text" ? text + part.text : text), "");

test("continue never says a text twice, and leaves nothing out: wherever it was cut, and whatever is said again", async () => {
  const word = fc.stringMatching(/^[a-z]{3,9}$/);
  const words = fc.uniqueArray(word, { minLength: 4, maxLength: 30 });
  const places = fc.array(fc.nat(400), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(words, fc.nat(400), fc.nat(6), places, places, async (all, at, again, first, second) => {
      const text = `${all.join(" ")}.`;
      const cut = 1 + (at % (text.length - 1));
      const before = text.slice(0, cut);
      // How many of its last words the next model says again; the last may be half a word.
      const starts = [...before.matchAll(/\b[a-z]/g)].map(({ index }) => index);
      const from = again === 0 ? cut : (starts.at(-again) ?? 0);
      const repeated = text.slice(from, cut);
      const alone = again === 1 && repeated.endsWith(" ");
      fc.pre(again === 0 || from === 0 || (repeated.length >= 3 && !alone));
      // What may look like a repetition without being one is another matter: words here are all different.
      const rest = text.slice(cut);
      fc.pre(again > 0 || !(before.endsWith(rest.slice(0, 3)) || rest.startsWith(before)));
      const broken = scriptedModel([{ answer: { text: pieces(before, first), fail: { code: "stream_truncated" } } }], {
        name: "broken",
      });
      const next = scriptedModel([{ answer: { text: pieces(text.slice(from), second) } }], { name: "next" });
      const parts: StreamPart[] = [];
      for await (const part of chain([broken, next], { onCut: "continue" }).stream(ask)) parts.push(part);
      const last = parts.at(-1);
      expect(screen(parts)).toBe(text);
      expect(last?.type === "finish" ? last.response.text : undefined).toBe(text);
    }),
    { numRuns: 400 },
  );
});
