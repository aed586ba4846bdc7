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
  },
  {
    group: "error",
    text: ({ name, file }) =>
      `TypeError: Cannot read properties of undefined (reading 'total') in ${name}, ${file} line #`,
    asked: [
      ({ name }) => `cannot read property total of undefined ${name}`,
      ({ file }) => `undefined total, ${file.split("/").at(-1)}`,
    ],
  },
  {
    group: "error",
    text: ({ called }) => `The ${called} ran out of memory: JavaScript heap limit of # MB reached while batching.`,
    asked: [
      ({ called }) => `Why does the ${called} crash with heap out of memory?`,
      ({ called }) => `memory limit of the ${called}`,
    ],
  },
  {
    group: "error",
    text: ({ file, called }) => `TimeoutError: ${called} gave no answer after # ms; retried three times (${file})`,
    asked: [
      ({ called }) => `${called} timing out, retries did not help`,
      ({ called }) => `why is there no answer from the ${called}`,
    ],
  },
  {
    group: "code",
    text: ({ name, file }) => `${name}(input, options) in ${file} returns null for an empty input instead of throwing.`,
    asked: [
      ({ name }) => `what does ${name} return when the input is empty`,
      ({ name }) => `empty inputs to ${name}: null or exception?`,
    ],
  },
  {
    group: "code",
    text: ({ name, called }) =>
      `Renamed the flag of ${name} from useLegacyFormat to legacy_format; the ${called} still takes both.`,
    asked: [({ called }) => `legacy format flag of the ${called}`, ({ name }) => `useLegacyFormat ${name}`],
  },
  {
    group: "decision",
    text: ({ called }) =>
      `We keep the ${called} in its own process, because a crash there must not take requests down. Rejected: a thread pool.`,
    asked: [
      ({ called }) => `why is the ${called} a separate process and not a thread pool?`,
      ({ called }) => `crashes in the ${called} and their effect on requests`,
    ],
  },
  {
    group: "decision",
    text: ({ called }) =>
      `Chose PostgreSQL over MongoDB for what the ${called} stores: transactions matter more than flexible schemas.`,
    asked: [
      ({ called }) => `Which database did we choose for the ${called}, and what was the reason?`,
      ({ called }) => `Postgres or Mongo for ${called}`,
    ],
  },
  {
    group: "learning",
    text: ({ called }) =>
      `Warming the ${called} before switching traffic cut the slowest responses from # ms to a tenth.`,
    asked: [
      ({ called }) => `does it help to warm up the ${called} before a release?`,
      ({ called }) => `how were slow responses of the ${called} reduced`,
    ],
  },
  {
    group: "learning",
    text: ({ called }) =>
      `Tests of the ${called} are flaky at midnight UTC, since they compare dates in the local time zone.`,
    asked: [
      ({ called }) => `flaky test ${called} time zone`,
      ({ called }) => `which tests of the ${called} fail at night`,
    ],
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
