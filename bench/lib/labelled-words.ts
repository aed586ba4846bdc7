/** What the labelled set is made of: things that go wrong, are decided and are learnt, each said in two ways. */

/** A place in a made-up system: its file, a function in it, and what people call it. */
export interface Component {
  readonly file: string;
  readonly name: string;
  readonly called: string;
}

const nouns = ["invoice", "order", "session", "upload", "search", "email", "report", "payment"] as const;
const roles = ["parser", "cache", "worker", "client"] as const;
const verbs = ["load", "sync", "render", "validate"] as const;

/** All components. */
export const components: readonly Component[] = nouns.flatMap((noun, i) =>
  roles.map((role, j) => {
    const verb = verbs[(i + j) % verbs.length] ?? "load";
    const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
    return {
      file: `packages/${noun}s/src/${noun}-${role}.ts`,
      name: `${verb}${capital(noun)}${capital(role)}`,
      called: `${noun} ${role}`,
    };
  }),
);

/** What was recorded about a component, and how somebody asks for it months later. `#` is a number that changes. */
export interface Pattern {
  readonly group: "error" | "code" | "decision" | "learning";
  readonly text: (component: Component) => string;
  /** In words near to those recorded, and in others. */
  readonly asked: readonly [(component: Component) => string, (component: Component) => string];
  /** With hardly a word of what was recorded but the component's name. */
  readonly paraphrased: (component: Component) => string;
}

/** All patterns. */
export const patterns: readonly Pattern[] = [
  {
    group: "error",
    text: ({ file }) => `Error: connect ECONNREFUSED 10.0.0.#:5432 at Pool.connect (${file}:#:#)`,
    asked: [
      ({ file }) => `Error: connect ECONNREFUSED 10.0.0.#:5432\n    at Pool.connect (${file}:#:#)`,
      ({ called }) => `${called}: database refuses connections`,
    ],
    paraphrased: ({ called }) => `${called} cannot reach postgres`,
  },
  {
    group: "error",
    text: ({ name, file }) =>
      `TypeError: Cannot read properties of undefined (reading 'total') in ${name}, ${file} line #`,
    asked: [
      ({ name }) => `cannot read property total of undefined ${name}`,
      ({ file }) => `undefined total, ${file.split("/").at(-1)}`,
    ],
    paraphrased: ({ called }) => `${called}: sum missing on an object that is not there`,
  },
  {
    group: "error",
    text: ({ called }) => `The ${called} ran out of memory: JavaScript heap limit of # MB reached while batching.`,
    asked: [
      ({ called }) => `Why does the ${called} crash with heap out of memory?`,
      ({ called }) => `memory limit of the ${called}`,
    ],
    paraphrased: ({ called }) => `${called} killed, too much RAM in use by large groups of items`,
  },
  {
    group: "error",
    text: ({ file, called }) => `TimeoutError: ${called} gave no answer after # ms; retried three times (${file})`,
    asked: [
      ({ called }) => `${called} timing out, retries did not help`,
      ({ called }) => `why is there no answer from the ${called}`,
    ],
    paraphrased: ({ called }) => `${called} is too slow to respond, tried again and again`,
  },
  {
    group: "code",
    text: ({ name, file }) => `${name}(input, options) in ${file} returns null for an empty input instead of throwing.`,
    asked: [
      ({ name }) => `what does ${name} return when the input is empty`,
      ({ name }) => `empty inputs to ${name}: null or exception?`,
    ],
    paraphrased: ({ called }) => `does the ${called} throw when it is given nothing?`,
  },
  {
    group: "code",
    text: ({ name, called }) =>
      `Renamed the flag of ${name} from useLegacyFormat to legacy_format; the ${called} still takes both.`,
    asked: [({ called }) => `legacy format flag of the ${called}`, ({ name }) => `useLegacyFormat ${name}`],
    paraphrased: ({ called }) => `old style output switch for ${called}`,
  },
  {
    group: "decision",
    text: ({ called }) =>
      `We keep the ${called} in its own process, because a crash there must not take requests down. Rejected: a thread pool.`,
    asked: [
      ({ called }) => `why is the ${called} a separate process and not a thread pool?`,
      ({ called }) => `crashes in the ${called} and their effect on requests`,
    ],
    paraphrased: ({ called }) => `isolation of the ${called} so that it cannot bring down the API`,
  },
  {
    group: "decision",
    text: ({ called }) =>
      `Chose PostgreSQL over MongoDB for what the ${called} stores: transactions matter more than flexible schemas.`,
    asked: [
      ({ called }) => `Which database did we choose for the ${called}, and what was the reason?`,
      ({ called }) => `Postgres or Mongo for ${called}`,
    ],
    paraphrased: ({ called }) => `storage engine picked for the ${called} and the trade-off`,
  },
  {
    group: "learning",
    text: ({ called }) =>
      `Warming the ${called} before switching traffic cut the slowest responses from # ms to a tenth.`,
    asked: [
      ({ called }) => `does it help to warm up the ${called} before a release?`,
      ({ called }) => `how were slow responses of the ${called} reduced`,
    ],
    paraphrased: ({ called }) => `latency of ${called} after a rollout: preheating`,
  },
  {
    group: "learning",
    text: ({ called }) =>
      `Tests of the ${called} are flaky at midnight UTC, since they compare dates in the local time zone.`,
    asked: [
      ({ called }) => `flaky test ${called} time zone`,
      ({ called }) => `which tests of the ${called} fail at night`,
    ],
    paraphrased: ({ called }) => `${called} suite sometimes red around twelve o'clock at night`,
  },
];

/** Records in other languages, with a question each. */
export const foreign: readonly (readonly [language: string, text: string, question: string])[] = [
  [
    "de",
    "Der Zahlungsdienst lehnt Beträge über 10.000 Euro ab, weil die Prüfung der Bank fehlt.",
    "Warum werden hohe Beträge vom Zahlungsdienst abgelehnt?",
  ],
  [
    "de",
    "Die Rechnungen für März wurden doppelt verschickt; Ursache war ein abgelaufenes Zertifikat.",
    "abgelaufenes Zertifikat Rechnungen doppelt",
  ],
  [
    "de",
    "Wir haben uns für wöchentliche Veröffentlichungen am Dienstag entschieden.",
    "An welchem Tag sind Veröffentlichungen? Dienstag?",
  ],
  [
    "de",
    "Größere Bilder müssen vor dem Hochladen verkleinert werden, sonst bricht die Übertragung ab.",
    "Übertragung bricht ab grosse Bilder hochladen",
  ],
  [
    "fr",
    "Le serveur de paiement refuse les cartes étrangères depuis la mise à jour de janvier.",
    "pourquoi les cartes étrangères sont refusées par le serveur de paiement",
  ],
  [
    "fr",
    "La sauvegarde nocturne échoue quand le disque dépasse quatre-vingt-dix pour cent.",
    "échec de la sauvegarde nocturne disque plein",
  ],
  [
    "fr",
    "Nous avons choisi de garder les journaux pendant trente jours seulement.",
    "combien de jours garder les journaux",
  ],
  [
    "es",
    "La cola de mensajes se bloquea si un pedido no tiene dirección de envío.",
    "¿Por qué se bloquea la cola con pedidos sin dirección?",
  ],
  ["es", "Decidimos cobrar la suscripción el primer día de cada mes.", "qué día se cobra la suscripción"],
  ["es", "El informe mensual tarda demasiado porque recalcula todas las facturas.", "informe mensual lento facturas"],
  ["ru", "Служба доставки не отвечает после обновления сертификата.", "служба доставки не отвечает"],
  ["ru", "Мы решили хранить резервные копии семь дней.", "сколько дней хранить резервные копии"],
  ["ru", "Отчёт о продажах показывает неверную валюту для Казахстана.", "неверная валюта в отчёте о продажах"],
  ["ja", "決済サービスは証明書の期限切れで停止しました。", "証明書の期限切れ"],
  ["ja", "東京の倉庫では在庫の同期が毎晩失敗する。", "在庫の同期が失敗する倉庫はどこ"],
  ["ja", "リリースは毎週火曜日に行うことに決めた。", "リリースは何曜日"],
  ["zh", "支付网关在证书过期后拒绝所有请求。", "支付网关为什么拒绝请求"],
  ["zh", "我们决定每周二发布新版本。", "什么时候发布新版本"],
  ["zh", "上海仓库的库存同步每天凌晨失败。", "库存同步失败的仓库"],
  ["ko", "결제 서비스는 인증서 만료로 중단되었습니다.", "인증서 만료 결제 중단"],
  ["ko", "서울 창고의 재고 동기화가 매일 실패합니다.", "재고 동기화 실패"],
  ["th", "ระบบชำระเงินหยุดทำงานเพราะใบรับรองหมดอายุ", "ใบรับรองหมดอายุ"],
  ["tr", "Ödeme hizmeti sertifika süresi dolduğu için durdu.", "sertifika süresi dolan ödeme hizmeti"],
  ["pl", "Usługa płatności odrzuca karty zagraniczne od stycznia.", "dlaczego karty zagraniczne są odrzucane"],
];

/** The same records, asked for in other forms of their words: inflected, taken out of compounds, without accents, in parts. */
export const inflected: readonly (readonly [record: number, question: string])[] = [
  [0, "Zahlungen über 10000 Euro: Prüfungen der Banken"],
  [1, "Zertifikate ablaufen, doppelter Versand von Rechnung"],
  [2, "wöchentliche Veröffentlichung: welcher Wochentag"],
  [3, "Bild verkleinern, Uebertragung"],
  [4, "serveurs de paiements et carte etrangere"],
  [5, "sauvegardes nocturnes qui échouent"],
  [6, "durée de conservation des journaux"],
  [7, "pedidos sin direccion bloquean las colas"],
  [8, "suscripciones: cuando cobramos"],
  [9, "informes mensuales: recalculo de la factura"],
  [10, "доставкой сертификаты обновление"],
  [11, "хранение резервной копии"],
  [12, "валюты отчётов продаж Казахстан"],
  [13, "決済停止の原因"],
  [14, "東京倉庫 同期"],
  [15, "火曜のリリース"],
  [16, "网关证书"],
  [17, "周二发布"],
  [18, "上海库存"],
  [19, "결제 서비스가 중단된 이유"],
  [20, "서울 창고에서 동기화"],
  [21, "ชำระเงินไม่ได้"],
  [22, "odeme hizmetinin sertifikasi"],
  [23, "odrzucone karty zagraniczne, platnosci"],
];

/** What is said all day about every component, in the words of what matters. */
export const chatter: readonly ((component: Component) => string)[] = [
  ({ called }) => `Release # of the ${called} went out; the cache was warm and no request failed.`,
  ({ called, file }) => `Reviewed a change of the ${called} (${file}): formats, dates and retries look right.`,
  ({ called }) => `The ${called} took # ms for an empty input, # MB of memory and one connection of the pool.`,
  ({ called }) => `Asked whether the tests of the ${called} compare time zones; nobody knew.`,
  ({ name, called }) => `${name} is called by the ${called} # times an hour, three of them with options.`,
];
