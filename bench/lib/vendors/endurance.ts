import type { Model } from "@brainops/core";
import { chain } from "@brainops/providers";
import type { Report } from "../report.ts";
import { request, vendors } from "./asked.ts";
import type { Vendors } from "./start.ts";

const share = 0.3;
const rounds = 3;
const atOnce = 100;

const collect = (): void => (globalThis as { gc?: () => void }).gc?.();

/** Many calls at once, where each try at any vendor fails at random: how many are answered, and what it leaves behind. */
export async function endurance(out: Report, server: Vendors, calls: number): Promise<void> {
  const names = ["claude", "gpt", "gemini", "local by Ollama"];
  const models: Model[] = vendors
    .filter(({ name }) => names.includes(name))
    .map(({ model }) => model(`${server.url}/shaky`));
  const model = chain(models, { rounds, backoffMs: 5 });
  let unhandled = 0;
  const count = (): void => void (unhandled += 1);
  process.on("unhandledRejection", count);

  let begun = 0;
  let answered = 0;
  let tries = 0;
  let skipped = 0;
  const codes: { [code: string]: number } = {};
  const heaps: number[] = [];
  const before = await server.counts();
  const caller = async (): Promise<void> => {
    while (begun < calls) {
      begun += 1;
      // The first tenth warms up; then ten looks at the memory tell whether it grows.
      if (begun % Math.ceil(calls / 11) === 0) {
        collect();
        heaps.push(process.memoryUsage().heapUsed / 2 ** 20);
      }
      try {
        const { attempts = [] } = await model.generate(request);
        answered += 1;
        tries += attempts.filter((one) => one.outcome !== "skipped").length;
        skipped += attempts.filter((one) => one.outcome === "skipped").length;
      } catch (error) {
        const code = (error as { code?: string }).code ?? "none";
        codes[code] = (codes[code] ?? 0) + 1;
      }
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, caller));
  const seconds = (performance.now() - started) / 1000;
  process.off("unhandledRejection", count);
  let after = await server.counts();
  // Idle connections are kept for a few seconds, for the next call.
  const patience = performance.now() + 15_000;
  while (after.open > 0 && performance.now() < patience) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    after = await server.counts();
  }
  const tried = after.requests - before.requests;
  const failed = after.failures - before.failures;
  const possible = models.length * rounds;
  out.row({
    scenario: `${calls} calls, ${atOnce} at once`,
    answered_percent: Number(((answered / calls) * 100).toFixed(4)),
    expected_percent: Number(((1 - share ** possible) * 100).toFixed(6)),
    arithmetic: `1 - ${share}^(${models.length} models x ${rounds} rounds)`,
    allowed_percent: 99.99,
    errors: JSON.stringify(codes),
    tries_per_call: Number((tries / answered).toFixed(3)),
    expected_tries_per_call: Number(((1 - share ** possible) / (1 - share)).toFixed(3)),
    failed_share: Number((failed / tried).toFixed(4)),
    skipped,
    calls_per_s: Math.round(calls / seconds),
    heap_first_mb: Number((heaps[0] ?? Number.NaN).toFixed(1)),
    heap_last_mb: Number((heaps.at(-1) ?? Number.NaN).toFixed(1)),
    heap_most_mb: Number(Math.max(...heaps).toFixed(1)),
    unhandled_rejections: unhandled,
    sockets_opened: after.opened - before.opened,
    sockets_open_at_end: after.open,
  });
}
