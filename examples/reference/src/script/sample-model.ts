import type { Model } from "@brainops/core";
import { scriptedModel } from "@brainops/core/testing";
import { develop } from "./develop.ts";
import { plan } from "./plan.ts";

/**
 * Plays the model for the sample service when there is no other: a small set of rules for mistakes that people make.
 * It knows nothing but what a request contains, never which bug was planted, and fails (`no_model`) where the request
 * lacks what a model would need. Its name says that it is a script.
 */
export function sampleModel(): Model {
  return scriptedModel(
    [
      (request) => {
        if (request.output?.name !== "plan") return undefined;
        const output = plan(request);
        return output === undefined ? undefined : { output };
      },
      (request) => (request.tools?.some((tool) => tool.name === "edit_file") === true ? develop(request) : undefined),
    ],
    { name: "sample" },
  );
}
