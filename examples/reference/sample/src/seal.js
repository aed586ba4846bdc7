import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(pbkdf2);
const secret = process.env.SEAL_SECRET ?? "stockroom";

/** Proves that a price came from here. Slow on purpose, so that it cannot be guessed. */
export async function makeSeal(item) {
  const key = await derive(secret, `${item.sku} ${item.price}`, 20_000, 16, "sha256");
  return key.toString("hex");
}
