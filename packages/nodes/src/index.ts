export * from "./options.ts";
export * from "./service/options.ts";
export * from "./state.ts";
