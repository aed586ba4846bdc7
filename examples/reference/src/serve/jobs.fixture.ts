import { plugin, type Plugin } from "@brainops/core";

/** Nothing is released before a person has said yes. */
const approving: Plugin = plugin({
  name: "approving",
  setup: (registrar) => {
    registrar.guard({
      name: "release",
      check: ({ name }) =>
        name === "release.make" ? { verdict: "ask", reason: "a release is for people" } : { verdict: "allow" },
    });
  },
});
export default approving;
