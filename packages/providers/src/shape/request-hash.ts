import { createHash } from "node:crypto";
import { canonical, type Json, type ModelRequest } from "@brainops/core";

/** SHA-256 of a request in canonical JSON, in hexadecimal: the same for requests that say the same. */
export const requestHash = (request: ModelRequest): string =>
  createHash("sha256")
    .update(canonical(request as object as Json))
    .digest("hex");
