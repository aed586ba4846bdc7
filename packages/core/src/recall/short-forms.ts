/**
 * English words that are mostly said in a shorter form, and their short forms: whoever asks about the `configuration` wants what was
 * written about the `config`. Only where the short form is no other word: `min` is a minute, too. What stands after a `+` is
 * what the short form leaves out.
 */
const forms =
  "kid:child mom:mother mum:mother mommy:mother dad:father daddy:father grandma:grandmother " +
  "grandpa:grandfather pic+ture photo+graph " +
  "bike:bicycle tv:television phone:telephone lab+oratory exam+ination " +
  "veggie:vegetable ad+vertisement info+rmation biz:business fav+orite app+lication " +
  "config+uration cfg:configuration auth+entication db:database repo+sitory env+ironment err+or msg:message " +
  "dir+ectory prod+uction dev+elopment docs:documentation param+eter arg+ument fn:function perf+ormance " +
  "admin+istrator spec+ification sync+hronization async+hronous init+ialize lib+rary pkg:package dep+endency " +
  "conn+ection req+uest ctx:context pwd:password cmd:command cert+ificate " +
  "stats:statistics k8s:kubernetes pg:postgresql postgres+ql js:javascript";

const shortForms: ReadonlyMap<string, string> = new Map(
  [...forms.matchAll(/(\w+)([:+])(\w+)/g)].map(([, short = "", sign, rest = ""]) => [
    short,
    sign === "+" ? short + rest : rest,
  ]),
);

const ordinal = /^(\d+)(?:st|nd|rd|th)$/;

// British spellings, wherever a syllable stands before: `colour`, `organise`, `analyse`, `centre`, `catalogue`.
const british =
  /(?<=[aeiou][b-df-hj-np-tv-z]+i?)(?:our(?=s?$|ed$|ing|ite|abl|ful|er|less|hood|al$|y$)|is(?=e[sdr]?$|ing$|ers$|ation|able$))|(?<=[aeiou]l)ys(?=e[sdr]?$|ing$|ers$)|(?<=[aeiou][a-z]*[tb])re(?=[sd]?$)|(?<=[aeiou][a-z]*)ogue(?=s?$)/;
const american: { readonly [spelling in string]?: string } = { our: "or", is: "iz", ys: "yz", re: "er", ogue: "og" };

/** The one form of an English word, or number, that is written in several: `kids` is `child`, `colour` is `color`, `5th` is `5`. */
export function oneForm(word: string): string {
  const full = shortForms.get(word) ?? (word.endsWith("s") ? shortForms.get(word.slice(0, -1)) : undefined);
  if (full !== undefined) return full;
  return ordinal.exec(word)?.[1] ?? word.replace(british, (spelt) => american[spelt] ?? spelt);
}
