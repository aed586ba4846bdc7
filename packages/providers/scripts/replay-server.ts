import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { Recording } from "./recording.ts";

/** How a body is cut into pieces on its way: not at all, at every event, or at every byte. */
export type Cut = "whole" | "events" | "bytes";

/** A server on the loopback that answers with recordings. */
export interface ReplayServer {
  /** The base URL under which every request is answered with this recording, cut in this way. */
  url(recording: Recording, cut: Cut): string;
  close(): Promise<void>;
}

/** Starts a {@link ReplayServer} on a free port. */
export async function replayServer(): Promise<ReplayServer> {
  const served: { readonly recording: Recording; readonly cut: Cut }[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const entry = served[Number(request.url?.split("/")[1])];
    if (entry === undefined) {
      response.writeHead(404).end();
      return;
    }
    send(response, entry.recording, entry.cut).catch((error: unknown) => response.destroy(error as Error));
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  return {
    url(recording, cut) {
      served.push({ recording, cut });
      return `http://127.0.0.1:${port}/${served.length - 1}`;
    },
    close() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      return closed.promise;
    },
  };
}

async function send(response: ServerResponse, recording: Recording, cut: Cut): Promise<void> {
  response.writeHead(recording.status, recording.headers);
  response.socket?.setNoDelay(true);
  let sent = 0;
  for (const piece of pieces(recording.bytes, cut)) {
    if (response.destroyed) return;
    // Each write is a chunk of HTTP's own, and clients hand on chunk by chunk: the reader meets every cut.
    response.write(piece);
    sent += 1;
    if (sent % 64 === 0) await setImmediate();
  }
  response.end();
}

function* pieces(bytes: Buffer, cut: Cut): Generator<Buffer> {
  if (cut === "whole") {
    yield bytes;
    return;
  }
  let start = 0;
  for (let at = 1; at <= bytes.length; at += 1) {
    const here =
      cut === "bytes" || at === bytes.length || (bytes[at - 1] === 0x0a && bytes[at] !== 0x0a && bytes[at] !== 0x0d);
    if (!here) continue;
    yield bytes.subarray(start, at);
    start = at;
  }
}
