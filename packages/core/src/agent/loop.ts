import { BrainOpsError } from "../contracts/error.ts";
import type { Message } from "../contracts/message.ts";
import type { NodeContext } from "../contracts/node.ts";
import { answerByCall, answerOf, answerTool, type AgentOutput } from "./answer.ts";
import { createBudget } from "./budget.ts";
import { makeCalls } from "./calls.ts";
import { begin, hasCalls, say, type Conversation } from "./conversation.ts";
import type { AgentBrief, AgentLimits, Compaction } from "./options.ts";
import { gatherTools, specsOf, toolsetOf, type Toolset } from "./toolset.ts";
import { takeTurn } from "./turn.ts";

/** One run of an agent. */
export interface Job {
  readonly brief: AgentBrief;
  readonly prompt: readonly Message[];
  /** What the answer must fit; text when absent. */
  readonly output: AgentOutput | undefined;
  readonly limits: AgentLimits;
  readonly compaction: Compaction | false;
}

/** Model and tools in turns, until the model answers. Gives the answer. */
export async function converse(job: Job, ctx: NodeContext): Promise<unknown> {
  const { output, compaction } = job;
  const agent = job.brief.name;
  const budget = createBudget(agent, job.limits);
  const answering = output === undefined ? undefined : answerTool(output);
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
    const own = await toolsOf(brief);
    const byCall = own.size > 0 || hasCalls(talk) ? answering : undefined;
    const tools = byCall === undefined ? own : toolsetOf(agent, [...own.values(), byCall]);
    const how = `Give the whole of it${byCall === undefined ? ", as the JSON alone that was asked for." : " with the tool 'answer'."}`;
    const turn = await takeTurn(
      { ctx, budget, compaction, brief, tools: specsOf(tools) },
      talk,
      byCall ? undefined : output,
    );
    talk = turn.talk;
    if ("unread" in turn) {
      talk = correct(talk, `Your answer could not be read: ${turn.unread} ${how}`);
      continue;
    }
    const { response } = turn;
    const { toolCalls, incompleteToolCalls: cut } = response;
    if (byCall !== undefined && output !== undefined && cut === undefined) {
      const answer = answerByCall(toolCalls, byCall, output);
      if (answer !== undefined && "value" in answer) return answer.value;
    }
    if (toolCalls.length > 0) {
      budget.beforeCalls(toolCalls.length);
      const { results, mistakes, next } = await makeCalls(toolCalls, tools, ctx);
      talk = say(talk, { role: "tool", content: results });
      if (mistakes.length > 0 && !budget.repair()) throw givenUp("invalid_tool_call", agent, mistakes.join("\n"));
      brief = next ?? brief;
    }
    if (cut !== undefined)
      talk = correct(talk, `Your call of ${cut.join(", ")} was cut off before its end. Make it again, shorter.`);
    else if (toolCalls.length === 0 && response.finishReason !== "pause") {
      const answer = answerOf(response, agent, output, how);
      if ("value" in answer) return answer.value;
      talk = correct(talk, answer.wrong);
    }
  }
}

function givenUp(code: "invalid_response" | "invalid_tool_call", agent: string, wrong: string): BrainOpsError {
  return new BrainOpsError(
    code,
    `The agent '${agent}' was told too often that it did wrong; at last: ${wrong} Say it better in its instructions, raise limits.repairs, or ask another model.`,
    { details: { agent } },
  );
}
