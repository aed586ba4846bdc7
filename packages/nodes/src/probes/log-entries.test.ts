import { expect, test } from "vitest";
import { complains, entriesOf } from "./log-entries.ts";

test.each([
  ["2026/11/29 22:10:11 [emerg] 1#1: host not found in upstream", true],
  ["java.lang.OutOfMemoryError: Java heap space", true],
  ["Caused by: java.net.ConnectException: Connection refused", true],
  ["KeyError: 'rate'", true],
  ["shop.service: Failed with result 'oom-kill'.", true],
  ['{"level":50,"msg":"cart lost"}', true],
  ['{"level":30,"msg":"cart kept"}', false],
  ['{"PRIORITY":"3","MESSAGE":"Main process exited"}', true],
  ['{"PRIORITY":"6","MESSAGE":"Started"}', false],
  ["E1129 22:10:11.123456       1 reflector.go:138] Failed to watch", true],
  ["I1129 22:10:11.123456       1 reflector.go:138] Watching", false],
  ["level=error msg=broken", true],
  ["level=info msg=done error=null", false],
  ["done in 3 s, error: 0", false],
  ['{"msg":"done","error":null}', false],
  ["12 files, 0 errors", false],
  ["the terror of it", false],
])("%s: complains %s", (line, expected) => expect(complains(line)).toBe(expected));

const java = `2026-11-29 22:10:11.123 ERROR 4711 --- [exec-3] c.e.shop.Cart : Could not price cart 17
java.lang.IllegalStateException: no price
\tat com.example.shop.Cart.price(Cart.java:42)
\tat java.base/java.lang.Thread.run(Thread.java:833)
Caused by: java.net.ConnectException: Connection refused
\tat com.example.shop.Rates.read(Rates.java:7)
\t... 12 more
2026-11-29 22:10:12.123 INFO 4711 --- [exec-3] c.e.shop.Cart : Cart 18 priced
Traceback (most recent call last):
  File "/srv/shop/cart.py", line 42, in price
    return rates[kind]
KeyError: 'rate'
served in 12 ms
fatal: not a repository`.split("\n");

test("a stack belongs to the line above it, with its cause", () => {
  expect(entriesOf(java)).toEqual([
    {
      text: "2026-11-29 22:10:11.123 ERROR 4711 --- [exec-3] c.e.shop.Cart : Could not price cart 17 java.net.ConnectException: Connection refused",
      complains: true,
    },
    { text: "2026-11-29 22:10:12.123 INFO 4711 --- [exec-3] c.e.shop.Cart : Cart 18 priced", complains: false },
    { text: "Traceback (most recent call last): KeyError: 'rate'", complains: true },
    { text: "served in 12 ms", complains: false },
    { text: "fatal: not a repository", complains: true },
  ]);
});
