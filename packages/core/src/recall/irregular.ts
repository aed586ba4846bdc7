/**
 * English forms that no rule for suffixes leads back to their stem: `went` is `go`. Without them a question in the present
 * tense misses an answer in the past, and one about a child misses the children.
 */
const forms =
  "arose arisen:arise ate eaten:eat beaten:beat became:become began begun:begin bent:bend bitten bit:bite bled:bleed " +
  "blew blown:blow broke broken:break brought:bring built:build burnt:burn bought:buy caught:catch chose chosen:choose " +
  "came:come crept:creep dealt:deal dove:dive drew drawn:draw dreamt:dream drank drunk:drink drove driven:drive " +
  "fallen:fall fed:feed fought:fight flew flown:fly forbidden:forbid forgot forgotten:forget forgave forgiven:forgive " +
  "froze frozen:freeze got gotten:get gave given:give went gone:go grew grown:grow hung:hang heard:hear hid hidden:hide " +
  "kept:keep knew known:know laid:lay led:lead learnt:learn lent:lend lit:light lost:lose made:make meant:mean met:meet " +
  "paid:pay rode ridden:ride rang rung:ring risen rose:rise ran:run said:say sawn:saw seen saw:see sought:seek sold:sell " +
  "sent:send shook shaken:shake shone:shine shot:shoot showed shown:show shrank shrunk:shrink sang sung:sing sank sunk:sink " +
  "sat:sit slept:sleep spoke spoken:speak spent:spend spun:spin stood:stand stole stolen:steal stuck:stick struck:strike " +
  "swore sworn:swear swept:sweep swam swum:swim swung:swing took taken:take taught:teach tore torn:tear told:tell " +
  "thought:think threw thrown:throw understood:understand woke woken:wake wore worn:wear won:win wrote written:write " +
  "built:build done:do held:hold felt:feel found:find left:leave  rebuilt:rebuild rewrote " +
  "rewritten:rewrite overran:overrun withdrew withdrawn:withdraw " +
  "children:child men:man women:woman mice:mouse feet:foot teeth:tooth geese:goose wives:wife lives:life knives:knife " +
  "halves:half shelves:shelf leaves:leaf indices:index vertices:vertex matrices:matrix criteria:criterion " +
  "analyses:analysis hypotheses:hypothesis crises:crisis";

/** From an irregular form to the word that it is a form of. */
export const irregularForms: ReadonlyMap<string, string> = new Map(
  [...forms.matchAll(/([a-z ]+):([a-z]+)/g)].flatMap(([, all = "", base = ""]) =>
    all
      .trim()
      .split(" ")
      .map((form) => [form, base] as const),
  ),
);
