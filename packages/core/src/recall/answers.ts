// What stands in brackets after the mark, such as a note on a picture, is no part of the sentence.
const endsInQuestion = /[?？؟]["'”’»)\s]*(?:\[[^\]]*\]\s*)?$/;
/** So much of the end of a text is looked at for a question mark. */
const ending = 300;
/** So much of a text is looked at for a time or a number. */
const beginning = 2000;

/** Whether a text ends by asking something. */
export function asks(text: string): boolean {
  return endsInQuestion.test(text.slice(-ending));
}

const units = "day|week|weekend|month|year|morning|night";
const weekdays = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";
const months = "january|february|march|april|june|july|august|september|october|november|december";
const time = new RegExp(
  `\\b(?:yesterday|today|tonight|tomorrow|ago|last|next|${units}|${weekdays}|${months}|\\d{1,4})\\b`,
  "i",
);
const amount = /\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|once|twice|several|couple|few)\b/i;

const kinds: readonly { readonly asked: RegExp; readonly given: RegExp; readonly name: string }[] = [
  { asked: /\b(?:when|(?:what|which) (?:date|day|year|month|time))\b/i, given: time, name: "a time" },
  { asked: /\bhow (?:many|much|long|often|old)\b/i, given: amount, name: "a number" },
];

/** What an English question asks for, and whether a text holds such a thing; `undefined` when it asks for neither. */
export function askedFor(
  question: string,
): { readonly name: string; readonly isIn: (text: string) => boolean } | undefined {
  const kind = kinds.find(({ asked }) => asked.test(question));
  return kind && { name: kind.name, isIn: (text) => kind.given.test(text.slice(0, beginning)) };
}
