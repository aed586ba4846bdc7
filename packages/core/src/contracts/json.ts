/** A plain JSON value: what state, inputs, journals and stores are made of. Other types need to be turned into it first. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A plain JSON object. A key whose value is `undefined` counts as absent. */
export type JsonObject = { readonly [key: string]: Json | undefined };
