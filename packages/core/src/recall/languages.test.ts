import { expect, test } from "vitest";
import { put, storeWith } from "../memory/fixture.ts";
import { recall } from "./index.ts";

/** What is remembered, of many kinds and in many scripts. */
const remembered: Readonly<Record<string, string>> = {
  japanese: "東京タワーの近くで注文の配送が失敗した",
  chinese: "支付服务在周五晚上超时,需要重启缓存",
  korean: "결제 서버가 금요일에 응답하지 않았습니다",
  thai: "การจัดส่งสินค้าล้มเหลวเพราะหน่วยความจำเต็ม",
  arabic: "فشل نشر الخدمة بسبب انتهاء المهلة في قاعدة البيانات",
  hebrew: "הפריסה נכשלה בגלל זיכרון מלא",
  russian: "Развёртывание не удалось из-за тайм-аута базы данных",
  greek: "Η ανάπτυξη απέτυχε λόγω λήξης χρόνου",
  hindi: "भुगतान सेवा शुक्रवार को बंद हो गई",
  german: "Die Auslieferung schlug wegen Überlastung in Köln fehl",
  french: "Le déploiement a échoué à cause du délai dépassé",
  turkish: "Dağıtım zaman aşımı yüzünden başarısız oldu",
  camel: "getUserByEmail in UserRepository returns undefined for deleted accounts",
  snake: "the column order_line_total is rounded twice",
  kebab: "the flag --max-old-space-size is set too low in ci-runner",
  path: "price is computed in src/cart/price-list.ts, line 42",
  windows: "the log lies in C:\\Logs\\Shop\\error.log",
  stack: "TypeError: Cannot read properties of undefined (reading 'total')\n    at sumOf (/app/src/cart/total.js:17:9)",
  errno: "connect ECONNREFUSED 127.0.0.1:5432",
  status: "the API answered 503 Service Unavailable with retry-after 30",
  version: "upgrade to node 24.21.0 broke the addon",
  hash: "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 broke the build",
  url: "docs are at https://example.org/guides/memory#scopes",
  emoji: "the launch was a success 🚀",
};

/** What is asked, and what must come first. */
const asked: readonly (readonly [query: string, id: string])[] = [
  ["東京タワー", "japanese"],
  ["配送が失敗", "japanese"],
  ["缓存重启", "chinese"],
  ["超时", "chinese"],
  ["결제 서버", "korean"],
  ["서버는", "korean"],
  ["หน่วยความจำ", "thai"],
  ["ล้มเหลว", "thai"],
  ["قاعدة البيانات", "arabic"],
  ["نشر الخدمة", "arabic"],
  ["זיכרון", "hebrew"],
  ["база данных", "russian"],
  ["развертывание", "russian"],
  ["ТАЙМ-АУТА", "russian"],
  ["αναπτυξη", "greek"],
  ["भुगतान", "hindi"],
  ["uberlastung koln", "german"],
  ["deploiement echoue", "french"],
  ["zaman asimi dağıtım", "turkish"],
  ["getUserByEmail", "camel"],
  ["user by email", "camel"],
  ["user repository", "camel"],
  ["getuserbyemail", "camel"],
  ["order_line_total", "snake"],
  ["line total rounding", "snake"],
  ["max old space size", "kebab"],
  ["--max-old-space-size", "kebab"],
  ["src/cart/price-list.ts", "path"],
  ["price-list.ts", "path"],
  ["price list", "path"],
  ["C:\\Logs\\Shop", "windows"],
  ["error.log", "windows"],
  ["TypeError: Cannot read properties of undefined (reading 'total')", "stack"],
  ["sumOf", "stack"],
  ["total.js:17", "stack"],
  ["ECONNREFUSED", "errno"],
  ["econnrefused 5432", "errno"],
  ["HTTP 503", "status"],
  ["24.21.0", "version"],
  ["9fceb02d0ae598e95dc970b74767f19372d61af8", "hash"],
  ["example.org guides", "url"],
  ["🚀", "emoji"],
];

const store = storeWith(...Object.entries(remembered).map(([id, text]) => put(id, text)));

test.each(asked)("%s finds the %s one first", async (text, id) => {
  const hits = await recall(await store, "acme", { text });
  expect(hits[0]?.record.id).toBe(id);
  expect(hits[0]?.why).toMatch(/^words: /);
});
