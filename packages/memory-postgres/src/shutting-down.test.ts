import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { postgres } from "./index.ts";

/** A message of the server: its type, its length with itself, and the rest. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const letIn = message("R", Buffer.alloc(4));
const ready = message("Z", Buffer.from("I"));
const goingDown = message(
  "E",
  Buffer.from("SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"),
);

test("a server that lets a connection in and shuts down in the same breath is away, and ends no process", async () => {
  let times = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      times++;
      socket.end(Buffer.concat([letIn, ready, goingDown]));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connectionString = `postgres://somebody:word@127.0.0.1:${port}/postgres`;
  const opener = postgres({ connectionString, key: "a passphrase of your own", busyTimeout: 1000 });
  await expect(opener.open()).rejects.toMatchObject({ code: "store_unavailable" });
  expect(times).toBeGreaterThan(1);
  server.close();
});
