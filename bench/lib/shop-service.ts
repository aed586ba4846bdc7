/** A service that can break in many ways, as the files of a repository. Its ways of breaking are asked for by requests. */
export const serviceFiles: { readonly [path: string]: string } = {
  "package.json": JSON.stringify({ name: "shop", type: "module", private: true }),
  "config.json": JSON.stringify({ discount: 10, limit: 100, greeting: "hello" }),
  "server.js": `
import { createServer } from "node:http";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
const world = process.env.WORLD;
let broken = "";
function problem() {
  const config = JSON.parse(readFileSync(process.env.CONFIG, "utf8"));
  if (!(config.discount >= 0)) throw new Error("discount must be a number of 0 or more");
  if (!(config.limit > 0 && config.limit <= 1000)) throw new Error("limit must lie between 1 and 1000");
  if (typeof config.greeting !== "string") throw new Error("greeting is missing");
  if (existsSync(join(world, "lock"))) throw new Error("the store is locked by another writer");
  if (existsSync(join(world, "shop.log")) && statSync(join(world, "shop.log")).size > 1e6) throw new Error("no space left for the log");
  if (existsSync(join(world, "outage"))) throw new Error("the payment provider is away");
  if (existsSync(join(world, "licence"))) throw new Error("the licence has expired");
  if (existsSync(join(world, "closed"))) throw new Error("the tax office has closed for today");
  if (existsSync(join(world, "account"))) throw new Error("the bank has locked the account");
  JSON.parse(readFileSync(join(world, "data.json"), "utf8"));
  const until = Number(readFileSync(join(world, "certificate"), "utf8"));
  if (Number.isNaN(until)) throw new Error("the certificate cannot be read");
  if (until * 1000 < Date.now()) throw new Error("the certificate has expired");
  if (readFileSync(join(world, "queue"), "utf8").includes("poison")) throw new Error("cannot handle message 17 of the queue");
  if (readFileSync(join(world, "queue"), "utf8").includes("\u0000")) throw new Error("the queue holds bytes that are no text");
  if (readFileSync(join(world, "clock"), "utf8") === "") throw new Error("there is no time");
  const built = readFileSync(join(world, "index"), "utf8");
  if (built === "") throw new Error("the index ends too early");
  if (Number(built) > 7) throw new Error("the index was written by a later version");
  if (Number(built) < 7) throw new Error("the index is of version " + built + ", not 7");
  if (Number(readFileSync(join(world, "clock"), "utf8")) > 5) throw new Error("the clock is ahead of all others");
  if (broken !== "") throw new Error(broken);
}
const server = createServer(async (request, response) => {
  const path = request.url;
  if (path.startsWith("/break/")) {
    const way = path.slice(7);
    response.end("breaking");
    setImmediate(() => {
      if (way === "crash") throw new Error("lost the connection to the cache");
      if (way === "exit") process.exit(7);
      if (way === "reject") void Promise.reject(new TypeError("cannot read the cart"));
      if (way === "spin") for (;;);
      if (way === "mute") server.removeAllListeners("request");
      if (way === "close") server.close(), server.closeAllConnections();
      if (way.startsWith("state-")) broken = "inner state is " + way.slice(6);
    });
    return;
  }
  try {
    problem();
    const supplier = await fetch(readFileSync(join(world, "supplier"), "utf8"), { signal: AbortSignal.timeout(300) }).then((answer) => answer.text(), () => "");
    if (supplier !== "ready") throw new Error("the supplier does not answer");
    response.end(path === "/health" ? "ok" : "90");
  } catch (error) {
    response.writeHead(500).end(error.message);
  }
});
server.listen(Number(process.env.PORT), "127.0.0.1");
`,
};

/** Releases that are bad in their own way: what is put before the good server. */
export const badReleases: { readonly [way: string]: string } = {
  "throws at boot": 'throw new Error("cannot find the price table");\n',
  "exits at boot": "process.exit(3);\n",
  "misses a module": 'import "./not-there.js";\n',
  "never listens": "setInterval(() => {}, 1000);\nawait new Promise(() => {});\n",
  "listens elsewhere": "process.env.PORT = '0';\n",
  "has a syntax error": "const = 1;\n",
};
