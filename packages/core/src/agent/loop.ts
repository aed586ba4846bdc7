import type { z } from "zod";
import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { JsonObject } from "../contracts/json.ts";
import type { Message, ModelResponse } from "../contracts/model.ts";
import type { NodeContext } from "../contracts/node.ts";
import { answerOf } from "./answer.ts";
import { createBudget } from "./budget.ts";
import { makeCalls } from "./calls.ts";
import { begin, say, type Conversation } from "./conversation.ts";
import type { AgentBrief, AgentLimits, Compaction } from "./options.ts";
import { gatherTools, specsOf, type Toolset } from "./toolset.ts";
import { takeTurn, type Said } from "./turn.ts";

/** One run of an agent. */
export interface Job {
  readonly brief: AgentBrief;
  readonly prompt: readonly Message[];
  /** What the answer must fit; text when absent. */
  readonly output: { readonly schema: z.ZodType; readonly json: JsonObject } | undefined;
  readonly limits: AgentLimits;
  readonly compaction: Compaction | false;
}

/** Model and tools in turns, until the model answers without calling a tool. Gives the answer. */
export async function converse(job: Job, ctx: NodeContext): Promise<unknown> {
  const agent = job.brief.name;
  const schema = job.output?.schema;
  const budget = createBudget(agent, job.limits);
  const output = job.output === undefined ? undefined : { name: "answer", schema: job.output.json };
  const turning = { ctx, budget, compaction: job.compaction, output };
  const toolsets = new Map<AgentBrief, Toolset>();

  async function toolsOf(brief: AgentBrief): Promise<Toolset> {
    const tools = toolsets.get(brief) ?? (await gatherTools(brief, ctx));
    toolsets.set(brief, tools);
    return tools;
  }

  /** Tells the model what it did wrong, while it may be told. */
  function correct(talk: Conversation, wrong: string): Conversation {
    if (!budget.repair()) throw givenUp("invalid_response", agent, wrong);
    return say(talk, { role: "user", content: wrong });
  }

  let brief = job.brief;
  let talk = begin(job.prompt);
  for (;;) {
    const tools = await toolsOf(brief);
    let said: Said;
    try {
      said = await takeTurn(turning, brief, talk, specsOf(tools));
    } catch (error) {
      // The adapter could not read what was to be structured: the model can say it again.
      if (output === undefined || !isBrainOpsError(error, "invalid_response")) throw error;
      talk = correct(talk, "Your answer could not be read. Answer with the JSON alone that was asked for.");
      continue;
    }
    const { response } = said;
    talk = heard(said);
    if (response.toolCalls.length > 0) {
      budget.beforeCalls(response.toolCalls.length);
      const { results, mistakes, next } = await makeCalls(response.toolCalls, tools, ctx);
      talk = say(talk, { role: "tool", content: results });
      if (mistakes.length > 0 && !budget.repair()) throw givenUp("invalid_tool_call", agent, mistakes.join("\n"));
      brief = next ?? brief;
    }
    const { incompleteToolCalls: cut } = response;
    if (cut !== undefined)
      talk = correct(talk, `Your call of ${cut.join(", ")} was cut off before its end. Make it again, shorter.`);
    else if (response.toolCalls.length === 0 && response.finishReason !== "pause") {
      const answer = answerOf(response, agent, schema);
      if ("value" in answer) return answer.value;
      talk = correct(talk, answer.wrong);
    }
  }
}

/** The conversation with what the model said; an empty turn is none. */
function heard({ talk, response }: Said): Conversation {
  return isEmpty(response) ? talk : say(talk, response.message);
}

function isEmpty({ message: { content } }: ModelResponse): boolean {
  return content.length === 0;
}

function givenUp(code: "invalid_response" | "invalid_tool_call", agent: string, wrong: string): BrainOpsError {
  return new BrainOpsError(
    code,
    `The agent '${agent}' was told too often that it did wrong; at last: ${wrong} Say it better in its instructions, raise limits.repairs, or ask another model.`,
    { details: { agent } },
  );
}
