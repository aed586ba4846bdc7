import { expect, test } from "vitest";
import { says, type FaultClass } from "./classes.ts";

test.each<[string, FaultClass]>([
  ["java.lang.OutOfMemoryError: Java heap space", "exhausted"],
  ["java.lang.OutOfMemoryError: unable to create native thread", "exhausted"],
  ["Last state: Terminated, reason: OOMKilled, exit code 137", "exhausted"],
  ["shop.service: Failed with result 'oom-kill'.", "exhausted"],
  ["Out of memory: Killed process 4711 (node)", "exhausted"],
  ["FATAL: sorry, too many clients already", "exhausted"],
  ["FATAL: remaining connection slots are reserved for superusers", "exhausted"],
  ["768 worker_connections are not enough", "exhausted"],
  ["0/3 nodes are available: 3 Insufficient memory.", "exhausted"],
  ["The node was low on resource: ephemeral-storage.", "full"],
  ["could not extend file: No space left on device", "full"],
  ["high disk watermark [90%] exceeded on [a][es-1]", "full"],
  ["connect() failed (111: Connection refused) while connecting to upstream", "dependency"],
  ["no live upstreams while connecting to upstream", "dependency"],
  ["java.net.UnknownHostException: billing", "dependency"],
  ["dial tcp: lookup billing on 10.0.0.2:53: no such host", "dependency"],
  ["ERROR: deadlock detected", "transient"],
  ["FATAL: the database system is starting up", "transient"],
  ["upstream timed out (110: Connection timed out) while reading", "stuck"],
  ["java.net.SocketTimeoutException: Read timed out", "stuck"],
])("%s is of the class %s", (text, kind) => {
  expect(says({ source: "log", subject: "shop", text }, kind)).toBe(true);
});

test.each<[string, FaultClass]>([
  ["the room is empty", "exhausted"],
  ['relation "orders" does not exist', "dependency"],
  ['column "full" of the disk table', "full"],
])("%s is not %s", (text, kind) => {
  expect(says({ source: "log", subject: "shop", text }, kind)).toBe(false);
});
