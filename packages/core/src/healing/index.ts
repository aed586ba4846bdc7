export { fingerprint, shape } from "./fingerprint.ts";
export { mask } from "./mask.ts";
export { isRetired, wilsonLowerBound } from "./wilson.ts";
export * from "./state.ts";
