import { argumentsAt, type Func } from "./code.ts";
import type { Symptoms } from "./symptoms.ts";

/** A change of a stretch of a file that might be the repair. */
export interface Candidate {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly why: string;
  /** How well it fits what was seen. */
  readonly weight: number;
}

/** What a rule may look at: one function, its file's text, what the tests showed, and all functions that were read. */
export interface Scene {
  readonly func: Func;
  readonly text: string;
  readonly symptoms: Symptoms;
  readonly known: readonly Func[];
}

type Rule = (scene: Scene) => readonly Candidate[];

/** Goes through a pattern's places in the function's body. */
function places(
  scene: Scene,
  pattern: RegExp,
  make: (match: RegExpExecArray) => Pick<Candidate, "replacement" | "why" | "weight"> | undefined,
): Candidate[] {
  const found: Candidate[] = [];
  for (const match of scene.text.matchAll(pattern)) {
    if (match.index < scene.func.start || match.index >= scene.func.end) continue;
    const made = make(match);
    if (made !== undefined)
      found.push({ file: scene.func.file, start: match.index, end: match.index + match[0].length, ...made });
  }
  return found;
}

const rounding: Rule = (scene) =>
  places(scene, /Math\.(floor|ceil|trunc|round)\b/g, ([, name]) => ({
    replacement: name === "round" ? "Math.floor" : "Math.round",
    why: `the result is beside the expected one by a rounding, and it is made with Math.${name}`,
    weight: scene.symptoms.oneOff ? (name === "round" ? 5 : 8) : 1,
  }));

const comparison: Rule = (scene) =>
  places(scene, /(?<![=<>])(<=|>=|<|>)(?![=<>])(?=\s)/g, (match) => {
    const operator = match[1] ?? "";
    const strict = operator.length === 1;
    // Where a comparison leads to `return false`, letting less through needs a wider comparison.
    const refuses = /^[^\n;]*\)\s*(?:return false|break)/.test(scene.text.slice(match.index));
    const { truth, absent } = scene.symptoms;
    const fits = truth === undefined ? absent : truth === (strict !== refuses);
    return {
      replacement: strict ? `${operator}=` : operator.slice(0, 1),
      why: `the boundary itself falls on the wrong side of '${operator}'`,
      weight: fits ? 6 : 1,
    };
  });

const logic: Rule = (scene) =>
  places(scene, /&&|\|\|/g, ([operator]) => ({
    replacement: operator === "&&" ? "||" : "&&",
    why: `a condition lets through ${operator === "&&" ? "too little" : "too much"}: its parts are joined by '${operator}'`,
    weight: scene.symptoms.truth === (operator === "&&") ? 7 : 1,
  }));

const missingAwait: Rule = (scene) => {
  const waiting = new Set(scene.known.filter((func) => func.async).map((func) => func.name));
  if (!scene.func.async) return [];
  return places(scene, /(?<!await |return |function |\.|\w)(\w+)(?=\()/g, ([, name = ""]) =>
    waiting.has(name)
      ? {
          replacement: `await ${name}`,
          why: `'${name}' answers later, and nobody waits for it`,
          weight: scene.symptoms.promise || scene.symptoms.truth !== undefined ? 9 : 4,
        }
      : undefined,
  );
};

const sign: Rule = (scene) =>
  places(scene, /(?<=[\w)\]] )[+-](?= [\w(])/g, (match) => {
    // In `total: net - tax`, the key says which of several sums is meant.
    const key = /(\w+)(?::| =) [^:=\n]*$/.exec(scene.text.slice(0, match.index))?.[1] ?? "";
    const named = scene.symptoms.keys.has(key) ? 2 : 0;
    return {
      replacement: match[0] === "+" ? "-" : "+",
      why: `a number is off by more than a rounding, and '${match[0]}' has the wrong sign`,
      weight: (scene.symptoms.numeric ? 5 : 1) + named,
    };
  });

const comparator: Rule = (scene) =>
  places(scene, /\b(\w+)\.(\w+) - (\w+)\.\2\b/g, ([, left, key, right]) => ({
    replacement: `${right}.${key} - ${left}.${key}`,
    why: "the list runs backwards, and this is what it is sorted by",
    weight: scene.symptoms.reversed ? 8 : 1,
  }));

const offset: Rule = (scene) =>
  places(scene, /(?<![\w.)*] ?)(\w+)(?= \* \w)/g, ([, name = ""]) =>
    scene.func.params.includes(name)
      ? {
          replacement: `(${name} - 1)`,
          why: `the list begins too late, because '${name}' counts from one`,
          weight: scene.symptoms.shifted ? 8 : 1,
        }
      : undefined,
  );

const swapped: Rule = (scene) =>
  scene.known.flatMap((callee) =>
    places(scene, new RegExp(`\\b${callee.name}\\(`, "g"), (match) => {
      const open = match.index + match[0].length;
      const given = argumentsAt(scene.text, open).parts.map((part) => part.trim());
      const names = given.map((part) => part.split(".").at(-1) ?? "");
      const wrong = names.flatMap((name, index) =>
        callee.params.includes(name) && callee.params[index] !== name ? [index] : [],
      );
      const [first, second] = wrong;
      if (wrong.length !== 2 || first === undefined || second === undefined) return undefined;
      if (names[first] !== callee.params[second] || names[second] !== callee.params[first]) return undefined;
      const put = given.map((part, index) =>
        index === first ? given[second] : index === second ? given[first] : part,
      );
      return {
        replacement: `${callee.name}(${put.join(", ")}`,
        why: `'${callee.name}' takes ${callee.params.join(", ")}, in this order`,
        weight: 8,
      };
    }).map((candidate) => ({ ...candidate, end: argumentsAt(scene.text, candidate.end).end })),
  );

/** Kinds of mistake that people make, and how each is taken back. */
export const rules: readonly Rule[] = [rounding, comparison, logic, missingAwait, sign, comparator, offset, swapped];
