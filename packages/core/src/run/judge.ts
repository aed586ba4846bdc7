import { BrainOpsError } from "../contracts/error.ts";
import type { Guard, GuardRequest, Verdict } from "../contracts/guard.ts";

const verdicts: readonly unknown[] = ["allow", "ask", "deny"];

/** Asks a guard. One that gives no verdict has allowed nothing: `invalid_plugin`. */
export async function judge(guard: Guard, request: GuardRequest): Promise<Verdict> {
  const said: Verdict | undefined = await guard.check(request);
  if (verdicts.includes(said?.verdict)) return said;
  throw new BrainOpsError(
    "invalid_plugin",
    `The guard '${guard.name}' gave no verdict on '${request.name}', so it was not done. ` +
      'check must return { verdict: "allow" }, or "ask" or "deny" with a reason.',
  );
}
