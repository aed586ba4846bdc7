import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { isBrainOpsError, type BrainOpsError, type Model, type ModelRequest, type StreamPart } from "@brainops/core";
import { claude, gemini, gpt, local } from "@brainops/providers";
import { loopback, type LoopbackServer } from "./test-support/fake-vendor.ts";

const apiKey = "sk-test-51a8c2f09b7e";
const ask: ModelRequest = { messages: [{ role: "user", content: "Hi." }] };

const makers: { readonly [name: string]: (baseUrl: string) => Model } = {
  claude: (baseUrl) => claude({ apiKey, baseUrl }),
  gpt: (baseUrl) => gpt({ apiKey, baseUrl }),
  gemini: (baseUrl) => gemini({ apiKey, baseUrl }),
  "local (ollama)": (baseUrl) => local({ apiKey, baseUrl, model: "m", protocol: "ollama" }),
  "local (openai)": (baseUrl) => local({ apiKey, baseUrl, model: "m", protocol: "openai" }),
};

let server: LoopbackServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const serve = async (answer: (response: ServerResponse) => void): Promise<string> => {
  server = await loopback((_request, response) => answer(response));
  return server.url;
};

async function collect(stream: AsyncIterable<StreamPart>): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

async function failure(run: Promise<unknown>): Promise<BrainOpsError> {
  const error: unknown = await run.then(
    () => new Error("it answered"),
    (cause: unknown) => cause,
  );
  if (!isBrainOpsError(error)) throw error;
  return error;
}

/** The errors of both ways to ask. */
const both = async (model: Model): Promise<BrainOpsError[]> => [
  await failure(model.generate(ask)),
  await failure(collect(model.stream(ask))),
];

describe.each(Object.entries(makers))("%s", (name, make) => {
  const speaker = name.split(" ")[0] ?? "";

  test("an HTML page with status 200 is invalid_response and names the model", async () => {
    const url = await serve((response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><p>Log in</p>"),
    );
    for (const error of await both(make(url))) {
      expect(error).toMatchObject({ code: "invalid_response", message: expect.stringContaining("HTML page") });
      expect(error.message).toContain(`${speaker}: `);
    }
  });

  test("a proxy's HTML error keeps its status and its title", async () => {
    const page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
    const url = await serve((response) => response.writeHead(502, { "content-type": "text/html" }).end(page));
    for (const error of await both(make(url))) {
      expect(error).toMatchObject({ code: "server_error", details: { status: 502 } });
      expect(error.message).toContain("502 Bad Gateway");
    }
  });

  test("bytes that are no UTF-8 are invalid_response", async () => {
    const url = await serve((response) => {
      response
        .writeHead(200, { "content-type": "text/event-stream" })
        .end(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xc3, 0x28, 0x0a]));
    });
    for (const error of await both(make(url))) expect(error.code).toBe("invalid_response");
  });

  test("an empty answer is no answer", async () => {
    const url = await serve((response) => response.writeHead(200, { "content-type": "text/event-stream" }).end());
    const [whole, streamed] = await both(make(url));
    expect(whole?.code).toBe("invalid_response");
    expect(streamed?.code).toBe("stream_truncated");
  });

  test("JSON of another API is invalid_response", async () => {
    const url = await serve((response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"hello":"world"}'),
    );
    expect((await failure(make(url).generate(ask))).code).toBe("invalid_response");
  });

  test("a reset connection is network, with the reason", async () => {
    const url = await serve((response) => response.socket?.resetAndDestroy());
    for (const error of await both(make(url)))
      expect(error).toMatchObject({ code: "network", details: { reason: "ECONNRESET" } });
  });

  test("nobody listens: network, with the reason", async () => {
    const gone = await serve(() => undefined);
    await server?.close();
    server = undefined;
    for (const error of await both(make(gone)))
      expect(error).toMatchObject({ code: "network", details: { reason: "ECONNREFUSED" } });
  });

  test.each([
    [401, "authentication_error", "invalid_api_key", "auth", "Check the API key"],
    [404, "not_found_error", "model_not_found", "not_found", "Check the model's id"],
  ])(
    "a wrong key and an unknown model name the vendor and say what to do: %i",
    async (status, type, code, is, advice) => {
      const body = JSON.stringify({ error: { type, code, message: "No." } });
      const url = await serve((response) =>
        response.writeHead(status, { "content-type": "application/json" }).end(body),
      );
      const model = make(url);
      for (const error of await both(model)) {
        expect(error.code).toBe(is);
        expect(error.message).toMatch(new RegExp(`^${model.name}: .*: No\\. ${advice}`));
      }
    },
  );

  test("a wrong path is not_found and says to check the base URL", async () => {
    const url = await serve((response) =>
      response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found"),
    );
    for (const error of await both(make(`${url}/wrong`))) {
      expect(error).toMatchObject({ code: "not_found", message: expect.stringContaining("base URL") });
    }
  });

  test("an abort while the server hangs ends both ways at once", async () => {
    const url = await serve(() => undefined);
    const model = make(url);
    for (const run of [
      model.generate.bind(model),
      (request: ModelRequest, options: object) => collect(model.stream(request, options)),
    ]) {
      const stopper = new AbortController();
      const arrived = server?.arrived();
      const answer = failure(run(ask, { signal: stopper.signal }));
      await arrived;
      stopper.abort();
      expect((await answer).code).toBe("aborted");
    }
  });

  test("an abort in the middle of a hanging stream ends it, and closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((response) => {
      response.on("close", () => closed.resolve());
      response.writeHead(200, { "content-type": "text/event-stream" }).write("\n");
    });
    const stopper = new AbortController();
    const arrived = server?.arrived();
    const answer = failure(collect(make(url).stream(ask, { signal: stopper.signal })));
    await arrived;
    stopper.abort();
    expect((await answer).code).toBe("aborted");
    await closed.promise;
  });

  test("a key that a vendor echoes does not come out", async () => {
    const echo = {
      error: {
        message: `Incorrect API key provided: ${apiKey}. Also sk-proj-aaaaaaaaaaaaaaaaaaaa.`,
        type: "invalid_request_error",
      },
    };
    const url = await serve((response) =>
      response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify(echo)),
    );
    for (const error of await both(make(url))) {
      expect(error.code).toBe("auth");
      const seen = JSON.stringify([error.message, error.details, String(error.stack), String(error.cause)]);
      expect(seen).not.toContain(apiKey);
      expect(seen).not.toContain("sk-proj-");
      expect(seen).toContain("[secret]");
    }
  });

  test("a redirect is not followed: it would take the key and the conversation elsewhere", async () => {
    let asked = 0;
    const elsewhere = await loopback((_request, response) => {
      asked += 1;
      response.end("{}");
    });
    const url = await serve((response) =>
      response.writeHead(307, { location: `${elsewhere.url}/other?key=${apiKey}` }).end(),
    );
    const model = make(url);
    for (const error of await both(model)) {
      expect(error).toMatchObject({ code: "not_found", details: { status: 307 } });
      expect(error.message).toContain(`${elsewhere.url}/other, and it was not followed`);
      expect(error.message).not.toContain(apiKey);
    }
    expect(await model.health?.()).toMatchObject({ ok: false });
    expect(asked).toBe(0);
    await elsewhere.close();
  });

  test("a history with an unanswered call is refused before anything is sent", async () => {
    const url = await serve((response) => response.end("{}"));
    const call = { type: "tool-call", id: "c1", name: "weather", args: {} } as const;
    const request: ModelRequest = {
      messages: [...ask.messages, { role: "assistant", content: [call] }, { role: "user", content: "Well?" }],
    };
    const error = await failure(make(url).generate(request));
    expect(error).toMatchObject({ code: "invalid_input", message: expect.stringContaining("weather (c1)") });
    expect(server?.requests).toEqual([]);
  });

  test("a tool whose arguments are no object is refused before anything is sent", async () => {
    const model = make("http://127.0.0.1:1");
    const tools = [{ name: "count", parameters: { type: "array", items: { type: "string" } } }];
    await expect(model.generate({ ...ask, tools })).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringMatching(new RegExp(`^${speaker}: .*'count'.*object`)),
    });
  });

  test("a schema that the vendor cannot express is invalid_request, in its words and with what to do", async () => {
    const said = "Invalid schema for 'place': 'not' is not permitted.";
    server = await loopback((_request, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ error: { message: said, type: "invalid_request_error", status: "INVALID_ARGUMENT" } }),
      );
    });
    const output = { name: "place", schema: { type: "object", not: { required: ["city"] } } };
    await expect(make(server.url).generate({ ...ask, output })).rejects.toMatchObject({
      code: "invalid_request",
      details: { status: 400 },
      message: expect.stringMatching(/'not' is not permitted\. Change what the vendor names/),
    });
  });

  test("an endless body is given up at the limit", async () => {
    const url = await serve((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const more = (): void => {
        while (!response.destroyed && response.write("data: x".repeat(10_000)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const limits = { apiKey, baseUrl: url, model: "m", maxResponseBytes: 1_000_000 };
    const model =
      speaker === "claude"
        ? claude(limits)
        : speaker === "gpt"
          ? gpt(limits)
          : speaker === "gemini"
            ? gemini(limits)
            : local({ ...limits, protocol: "openai" });
    for (const error of await both(model)) {
      expect(error).toMatchObject({ code: "invalid_response", message: expect.stringContaining("1000000 bytes") });
    }
  });

  test("the body of an error may have any size", async () => {
    const url = await serve((response) => {
      response.writeHead(500, { "content-type": "text/plain" });
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(100_000)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const error = await failure(make(url).generate(ask));
    expect(error).toMatchObject({ code: "server_error", details: { status: 500 } });
    expect(error.message.length).toBeLessThan(2_000);
  });
});

test("a connection that breaks in the middle of a stream has cut it, and what came is in the details", async () => {
  const first = '{"model":"m","message":{"content":"Half an"},"done":false}\n';
  const url = await serve((response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.write(first, () => response.socket?.resetAndDestroy());
  });
  const error = await failure(collect(local({ baseUrl: url, model: "m", protocol: "ollama" }).stream(ask)));
  expect(error).toMatchObject({ code: "stream_truncated", details: { text: "Half an" } });
});

test("an answer that is nested too deeply to be walked is none", async () => {
  const args = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  const body = `{"message":{"tool_calls":[{"function":{"name":"x","arguments":${args}}}]},"done":true}`;
  const url = await serve((response) => response.writeHead(200, { "content-type": "application/json" }).end(body));
  const error = await failure(local({ baseUrl: url, model: "m", protocol: "ollama" }).generate(ask));
  expect(error.code).toBe("invalid_response");
});
