import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject, ModelRequest } from "@brainops/core";
import { claude, local } from "@brainops/providers";
import { fakeAnthropic } from "../test-support/fake-anthropic.ts";
import { fakeOllama } from "../test-support/fake-ollama.ts";
import { fakeVendor } from "../test-support/fake-vendor.ts";
import { schemaProblem } from "./check.ts";
import { jsonIn } from "./output.ts";
import { closedSchema, isStrict } from "./schema.ts";

const schema = {
  type: "object",
  properties: { city: { type: "string" }, people: { type: "integer", minimum: 0 } },
  required: ["city"],
  additionalProperties: false,
} as const satisfies JsonObject;
const request: ModelRequest = { messages: [{ role: "user", content: "Where?" }], output: { schema } };

describe("output from a model's text", () => {
  test.each<[string, Json | undefined]>([
    ['{"city":"Bern"}', { city: "Bern" }],
    ['Here it is:\n```json\n{"city":"Bern"}\n```\nGood luck!', { city: "Bern" }],
    ['Sure [as asked]: {"city":"a } in \\" a string"} and more', { city: 'a } in " a string' }],
    ["[1, 2]", [1, 2]],
    ["No JSON at all.", undefined],
    ['{"city":', undefined],
  ])("%s", (text, value) => {
    expect(jsonIn(text)).toEqual(value);
  });

  test("any value that a text around it holds is found", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        fc.stringMatching(/^[a-z .,!]*$/),
        (value, words) => {
          const json = JSON.stringify(value);
          expect(jsonIn(`${words}${json}${words}`)).toEqual(JSON.parse(json));
        },
      ),
    );
  });

  test("a text full of brackets is given up soon", () => {
    expect(jsonIn("[".repeat(200_000))).toBeUndefined();
  });
});

describe("fitting a schema", () => {
  test.each<[JsonObject, Json, RegExp | undefined]>([
    [schema, { city: "Bern", people: 3 }, undefined],
    [schema, { people: 3 }, /\$\.city is missing/],
    [schema, { city: 3 }, /\$\.city must be string, and is number/],
    [schema, { city: "Bern", people: 1.5 }, /\$\.people must be integer/],
    [schema, { city: "Bern", people: -1 }, /less than 0/],
    [schema, { city: "Bern", mood: "good" }, /\$\.mood must not be there/],
    [{ type: ["string", "null"] }, null, undefined],
    [{ enum: ["a", { b: 1, c: [2] }] }, { c: [2], b: 1 }, undefined],
    [{ const: 1 }, 2, /must be 1/],
    [{ anyOf: [{ type: "string" }, { type: "number" }] }, true, /fits no alternative/],
    [{ allOf: [{ required: ["a"] }, { required: ["b"] }] }, { a: 1 }, /\.b is missing/],
    [{ type: "array", items: { type: "number" }, minItems: 2 }, [1], /shorter than 2/],
    [{ type: "array", items: { type: "number" } }, [1, "x"], /\$\[1\] must be number/],
    [
      { $ref: "#/$defs/node", $defs: { node: { properties: { next: { $ref: "#/$defs/node" } }, required: ["id"] } } },
      { id: 1, next: {} },
      /\$\.next\.id is missing/,
    ],
  ])("%j with %j", (one, value, problem) => {
    if (problem === undefined) expect(schemaProblem(one, value)).toBeUndefined();
    else expect(schemaProblem(one, value)).toMatch(problem);
  });

  test("a schema for a strict grammar has closed objects and no bounds, all the way down", () => {
    expect(
      closedSchema({
        type: "object",
        properties: {
          list: {
            type: "array",
            minItems: 3,
            items: { type: "object", properties: { minLength: { type: "string", minLength: 1 } } },
          },
        },
      }),
    ).toEqual({
      type: "object",
      properties: {
        list: {
          type: "array",
          items: { type: "object", properties: { minLength: { type: "string" } }, additionalProperties: false },
        },
      },
      additionalProperties: false,
    });
  });

  test("strict is what closes every object and asks for every property", () => {
    expect(isStrict(schema)).toBe(false);
    expect(isStrict({ ...schema, required: ["city", "people"] })).toBe(true);
  });
});

describe("through an adapter", () => {
  test("an answer that fits nothing is invalid_response, and its text is in the details", async () => {
    for (const text of ["I would rather not.", '{"city":7}']) {
      const server = await fakeVendor(fakeOllama, { text });
      const model = local({ baseUrl: server.url, model: "m", protocol: "ollama" });
      await expect(model.generate(request)).rejects.toMatchObject({ code: "invalid_response", details: { text } });
      await server.close();
    }
  });

  test("an answer that was cut has no output, and is no error", async () => {
    const server = await fakeVendor(fakeOllama, { text: '{"city":', finishReason: "length" });
    const model = local({ baseUrl: server.url, model: "m", protocol: "ollama" });
    const response = await model.generate(request);
    expect(response.finishReason).toBe("length");
    expect(response).not.toHaveProperty("output");
    await server.close();
  });

  test("by tool, the call is the answer and nobody has to make it", async () => {
    const server = await fakeVendor(fakeAnthropic, { toolCalls: [{ name: "answer", args: { city: "Bern" } }] });
    const model = claude({ apiKey: "k", baseUrl: server.url, structured: "tool" });
    expect(await model.generate(request)).toMatchObject({
      output: { city: "Bern" },
      text: '{"city":"Bern"}',
      toolCalls: [],
      finishReason: "stop",
      message: { content: [{ type: "text", text: '{"city":"Bern"}' }] },
    });
    await server.close();
  });
});
