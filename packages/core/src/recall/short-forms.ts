/**
 * English words that are mostly said in a shorter form, and their short forms: whoever asks about the `configuration` wants what was
 * written about the `config`. Only where the short form is
 * no other word: `min` is a minute, too.
 */
const forms =
  "kid:child mom,mum,mommy,mummy:mother dad,daddy:father grandma,granny:grandmother grandpa,granddad:grandfather " +
  "hubby:husband sis:sister bro:brother fam:family bday:birthday pic:picture photo:photograph bike:bicycle " +
  "tv:television phone:telephone fridge:refrigerator plane:airplane gym:gymnasium vet:veterinarian lab:laboratory " +
  "exam:examination veggie:vegetable ad,advert:advertisement info:information biz:business convo:conversation " +
  "congrats:congratulations fav,fave:favorite app:application " +
  "config,cfg:configuration auth:authentication db:database repo:repository env:environment err:error msg:message " +
  "dir:directory prod:production dev:development docs:documentation param:parameter arg:argument fn:function " +
  "perf:performance admin:administrator spec:specification sync:synchronization async:asynchronous init:initialize " +
  "impl:implementation lib:library pkg:package dep:dependency conn:connection req:request resp:response ctx:context " +
  "pwd,passwd:password cmd:command cert:certificate creds:credentials idx:index tmp:temporary pref:preference " +
  "stats:statistics k8s:kubernetes pg,postgres:postgresql js:javascript";

const shortForms: ReadonlyMap<string, string> = new Map(
  forms
    .split(" ")
    .map((pair) => pair.split(":") as [string, string])
    .flatMap(([short, long]) => short.split(",").map((each) => [each, long] as const)),
);

const ordinal = /^(\d+)(?:st|nd|rd|th)$/;

/** British spellings and the American ones, by what follows a syllable that a word must have before. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/(?<=[aeiou][b-df-hj-np-tv-z]+i?)our(?=$|s$|ed$|ing|ite|abl|ful|er|less|hood|al$|y$)/, "or"],
  [/(?<=[aeiou][b-df-hj-np-tv-z]+)is(?=e$|es$|ed$|ing$|er$|ers$|ation|able$)/, "iz"],
  [/(?<=[aeiou])lys(?=e$|es$|ed$|ing$|er$|ers$)/, "lyz"],
  [/(?<=[aeiou][a-z]*[tb])re(?=$|s$|d$)/, "er"],
  [/(?<=[aeiou][a-z]*)ogue(?=$|s$)/, "og"],
];
const shortest = 5;

/** The one form of an English word, or number, that is written in several: `kids` is `child`, `colour` is `color`, `5th` is `5`. */
export function oneForm(word: string): string {
  const full = shortForms.get(word) ?? (word.endsWith("s") ? shortForms.get(word.slice(0, -1)) : undefined);
  if (full !== undefined) return full;
  const number = ordinal.exec(word)?.[1];
  if (number !== undefined || word.length < shortest) return number ?? word;
  for (const [british, american] of spellings) {
    const spelt = word.replace(british, american);
    if (spelt !== word) return spelt;
  }
  return word;
}
