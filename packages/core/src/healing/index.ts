export { fingerprint, shape } from "./fingerprint.ts";
export { healing, type HealingInput, type HealingState } from "./healing.ts";
export { logGroups, type LogGroup, type LogGroups } from "./log-groups.ts";
export { mask } from "./mask.ts";
export type { HealingOptions } from "./options.ts";
export { faultTag } from "./remembered.ts";
export { isRetired, wilsonLowerBound } from "./wilson.ts";
export * from "./state.ts";
