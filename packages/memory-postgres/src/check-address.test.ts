import { describe, expect, test } from "vitest";
import { checkAddress } from "./check-address.ts";
import { bossDispatch } from "./pg-boss/index.ts";
import { postgres, rotate } from "./index.ts";

const key = "00".repeat(32);

describe("an address", () => {
  test.each([
    "postgres://localhost/app",
    "postgresql://u:p%23w@[::1]:6543/app?sslmode=verify-full",
    "postgres:///app?host=/var/run/postgresql",
    "/var/run/postgresql app",
    "socket:/var/run/postgresql?db=app",
  ])("%s is one", (address) => expect(() => checkAddress(address)).not.toThrow());

  test.each([
    ["no URL", "sekret"],
    ["empty, as a variable may be", ""],
    ["of another program", "mysql://u:sekret@localhost/app"],
    ["with a letter in the password that ends it", "postgres://u:sek#ret@localhost:5432/app"],
    ["without a number for a port", "postgres://u:sekret@localhost:port/app"],
  ])("that is %s is refused, and not shown", async (_what, connectionString) => {
    const message = expect.stringMatching(/must read like postgres:\/\/(?!.*sek)/) as string;
    const refused = expect.objectContaining({ code: "invalid_input", message }) as Error;
    expect(() => postgres({ connectionString, key })).toThrow(refused);
    await expect(rotate({ connectionString, key, newKey: key })).rejects.toEqual(refused);
    expect(() => bossDispatch({ connectionString, store: {} as never })).toThrow(refused);
  });

  test("where nobody answers is told with the reason, and without the password", async () => {
    const opening = postgres({ connectionString: "postgres://u:sekret@127.0.0.1:1/app", key, busyTimeout: 200 }).open();
    const error = (await opening.catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toMatch(/cannot be reached \(connect ECONNREFUSED 127\.0\.0\.1:1\)\. Check/);
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain("sekret");
  });

  test.each([undefined, {}])("that is missing is told: %j", (options) => {
    expect(() => postgres(options as never)).toThrow(/either a connectionString.*variable of the environment/);
  });
});
