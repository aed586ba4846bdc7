import { expect, test } from "vitest";
import { hasChoice, hostsIn } from "./hosts.ts";

test("an address with several hosts is one address for each", () => {
  expect(hostsIn("postgres://u:p%40w@one:5432,two:5433/app?sslmode=require&target_session_attrs=primary")).toEqual({
    urls: ["postgres://u:p%40w@one:5432/app?sslmode=require", "postgres://u:p%40w@two:5433/app?sslmode=require"],
    target: "primary",
  });
  expect(hostsIn("postgresql://one,[::1]:5433,three/app")).toEqual({
    urls: ["postgresql://one/app", "postgresql://[::1]:5433/app", "postgresql://three/app"],
    target: "read-write",
  });
});

test.each([
  ["one host is left as it is", "postgres://u@one/app?sslmode=require", false],
  ["one host that must take writes is a choice", "postgres://u@one/app?target_session_attrs=read-write", true],
  ["so are two", "postgres://one,two/app", true],
  ["a socket is none", "postgres:///app?host=/var/run/postgresql", false],
])("%s", (_what, address, choice) => expect(hasChoice(address)).toBe(choice));

test.each([
  "postgres://one,two:port/app",
  "postgres://one:1,/app",
  "postgres://one,two/app?target_session_attrs=standby",
  "mysql://one,two/app",
])("%s is no address", (address) => expect(hostsIn(address)).toBeUndefined());
