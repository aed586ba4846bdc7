import type { Commit } from "@brainops/core";
import type { Context } from "./context.ts";

/** Packs. */
export interface Packer {
  committed(commit: Commit): void;
  purge(): Promise<void>;
  stop(): Promise<void>;
}
export function makePacker(_context: Context): Packer {
  return { committed() {}, purge: () => Promise.resolve(), stop: () => Promise.resolve() };
}
