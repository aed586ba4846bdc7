// The fake vendors, in a process of their own so that their work is not measured. Started by `start.ts`.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { vendorAnswers, type VendorAnswers } from "./answers.ts";

/** How a path wants to be answered: its first part. */
type Mode = "ok" | "reset" | "hung" | "529" | "cut-before" | "cut-after" | "shaky";

const sockets = new Set<Socket>();
let opened = 0;
let requests = 0;
let failures = 0;
/** A linear congruential generator (Numerical Recipes), so that every run fails alike. */
let seed = 42;
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

function fail(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }));
}

function answer(vendor: VendorAnswers, streamed: boolean, response: ServerResponse): void {
  if (!streamed) {
    response.writeHead(200, { "content-type": "application/json" }).end(vendor.json);
    return;
  }
  response.writeHead(200, { "content-type": vendor.contentType });
  for (const event of vendor.events) response.write(event);
  response.end();
}

function act(mode: Mode, vendor: VendorAnswers, streamed: boolean, response: ServerResponse): void {
  switch (mode) {
    case "hung":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "529":
      fail(response, 529);
      return;
    case "cut-before":
      response.writeHead(200, { "content-type": vendor.contentType });
      response.flushHeaders();
      response.socket?.destroy();
      return;
    case "cut-after":
      response.writeHead(200, { "content-type": vendor.contentType });
      response.write(vendor.events.slice(0, 4).join(""), () => response.socket?.destroy());
      return;
    case "shaky": {
      if (random() >= 0.3) break;
      failures += 1;
      const which = random();
      if (which < 0.1) response.socket?.resetAndDestroy();
      else fail(response, which < 0.4 ? 429 : which < 0.7 ? 500 : 503);
      return;
    }
    case "ok":
  }
  answer(vendor, streamed, response);
}

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  requests += 1;
  let body = "";
  request.setEncoding("latin1");
  request.on("data", (piece: string) => (body += piece));
  request.on("end", () => {
    const url = request.url ?? "";
    const vendor = vendorAnswers.find(({ path }) => url.includes(path));
    if (vendor === undefined) return fail(response, 404);
    const streamed = url.includes("streamGenerateContent") || body.includes('"stream":true');
    act((url.split("/")[1] ?? "ok") as Mode, vendor, streamed, response);
  });
});
server.on("connection", (socket) => {
  opened += 1;
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.on("error", () => socket.destroy());
});
process.on("message", () => process.send?.({ requests, failures, opened, open: sockets.size }));
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
