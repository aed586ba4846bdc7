import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyse, countTerms } from "./index.ts";

// Any UTF-16, lone surrogates included.
const anyText = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("utf16le"));

describe("analyse", () => {
  const cases: readonly (readonly [string, string[]])[] = [
    ["", []],
    ["the of and what did", []],
    ["The retries were retrying, and we retry", ["retri", "retri", "retri"]],
    ["getUserName HTTPServer", ["getusernam", "get", "user", "name", "httpserver", "http", "server"]],
    ["src/cart/price-list.ts:42", ["src/cart/price-list.ts:42", "src", "cart", "price", "list", "ts", "42"]],
    ["E_CONN_RESET ENOENT TS2345", ["e_conn_reset", "connect", "reset", "enoent", "ts2345"]],
    ["C++, not C# or c++11: C+ é C#", ["c++", "c", "c#", "c", "c++11", "11", "c", "e", "c#", "c"]],
    ["Caroline's don’t", ["carolin"]],
    ["naïve Köln ﬁne Ｆｕｌｌ", ["naiv", "koln", "fine", "full"]],
    ["Ёлка Доставка доставки", ["елк", "доставк", "доставк"]],
    ["сертифікат сертифікату", ["сертифікат", "сертифікат"]],
    ["השרת והשרתים שרת שרתים 🇩🇪", ["שרת", "שרת", "שרת", "שרת", "🇩🇪"]],
    ["الشهادة شهادات أحمد احمد", ["شهاد", "شهاد", "احمد", "احمد"]],
    ["Straße STRASSE œuvre płatność ISITICI ısıtıcı", ["strass", "strass", "oeuvr", "platnosc", "isitici", "isitici"]],
    ["the kids' config, dbs and photos", ["child", "configur", "databas", "photograph"]],
    ["colour colored behaviours favourite", ["color", "color", "behavior", "favorit"]],
    [
      "organise organized analysing centre metres catalogue",
      ["organ", "organ", "analyz", "center", "meter", "catalog"],
    ],
    ["hour four our rise wise tree acre", ["hour", "four", "rise", "wise", "tree", "acr"]],
    ["May 5th, 21st and 1,250,000 of 12,5", ["mai", "5", "21", "1250000", "1,250,000", "250", "000", "12", "5"]],
    ["soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]],
    ["US and IT, but not us and it", ["us", "it"]],
    ["東京タワー", ["東京", "京タ", "タワ", "ワー"]],
    ["猫 v2東京", ["猫", "v2", "東京"]],
    ["서울시 👍", ["서울", "울시", "👍"]],
    ['"a" AND (b* OR NEAR/2) --', ["b", "near/2", "near"]],
  ];
  for (const [text, terms] of cases) test(JSON.stringify(text), () => expect(analyse(text)).toEqual(terms));

  test("cuts words as Porter's rules say", () => {
    const pairs = {
      caresses: "caress",
      ponies: "poni",
      agreed: "agre",
      plastered: "plaster",
      motoring: "motor",
      conflated: "conflat",
      hopping: "hop",
      falling: "fall",
      filing: "file",
      happy: "happi",
      relational: "relat",
      rationalization: "ration",
      vietnamization: "vietnam",
      hopefulness: "hope",
      triplicate: "triplic",
      adjustment: "adjust",
      adoption: "adopt",
      controlling: "control",
      probate: "probat",
      cease: "ceas",
    };
    for (const [word, stem] of Object.entries(pairs)) expect(analyse(word), word).toEqual([stem]);
  });

  test("any text gives terms that are bounded, lower-case and found again", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const terms = analyse(text);
        expect(terms.every((term) => term.length > 0 && [...term].length <= 64)).toBe(true);
        const { frequencies, length } = countTerms(text);
        expect(length).toBe(terms.length);
        expect([...frequencies.values()].reduce((a, b) => a + b, 0)).toBe(length);
        // Compatibility forms make no difference.
        expect(analyse(text.normalize("NFKC"))).toEqual(terms);
      }),
      { numRuns: 200 },
    );
  });

  test("is not slow on hostile text", () => {
    for (const text of [
      "a".repeat(200_000),
      "a-".repeat(100_000),
      "aA".repeat(50_000),
      "東".repeat(100_000),
      "'".repeat(200_000),
    ])
      expect(analyse(text).length).toBeLessThan(200_001);
  });
});

test("irregular forms are found by the word that they are forms of", () => {
  expect(analyse("She went and bought shoes for the children")).toEqual(analyse("go, buy shoe: child she the for and"));
  expect(analyse("WENT")).toEqual(analyse("go"));
});

test("text in ASCII is analysed as it is beside other letters", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[aZq09_.\-/:@#'\\+ ,(){}*$%\n]*$/), (text) => {
      expect(analyse(`${text} ю`)).toEqual([...analyse(text), "ю"]);
    }),
  );
});
