import { median } from "../stats.ts";
import type { Report } from "../report.ts";
import { alone, byHand, handedIn, listen, request, vendors } from "./asked.ts";
import { aiSdk } from "./peers.ts";

const micros = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) * 1000;
};

/**
 * What adapter and chain cost over a raw fetch: each round measures all contestants one after the other, so that what
 * the machine does meanwhile hits them alike. Every figure is the median of the rounds.
 */
export async function overhead(out: Report, url: string, rounds: number): Promise<void> {
  const peers = await aiSdk(`${url}/ok`);
  if (peers.length === 0) out.note("The AI SDK is not installed; `npm ci --prefix bench` brings it.");
  for (const asked of [...vendors, ...handedIn]) {
    const model = asked.model(`${url}/ok`);
    const chained = alone(model);
    const peer = peers.find((one) => one.vendor === asked.name);
    for (const stream of [false, true]) {
      const raw = (): Promise<unknown> => byHand(asked, `${url}/ok`, stream);
      const ours = await contest(rounds, {
        raw,
        adapter: () => (stream ? listen(model) : model.generate(request)),
        chain: () => (stream ? listen(chained) : chained.generate(request)),
      });
      // Apart from the others, who would pay for the garbage that a peer leaves.
      const theirs =
        peer === undefined
          ? undefined
          : await contest(rounds, { raw, peer: () => (stream ? peer.stream() : peer.json()) });
      out.row({
        scenario: stream ? "stream of 200 chunks" : "JSON call",
        vendor: asked.name,
        raw_p50_us: Math.round(ours["raw"] ?? Number.NaN),
        adapter_over_us: over(ours, "adapter"),
        chain_over_us: over(ours, "chain"),
        ai_sdk_over_us: theirs === undefined ? null : over(theirs, "peer"),
        // A package that a caller hands in costs what it costs.
        allowed_us: handedIn.includes(asked) ? null : stream ? 600 : 150,
      });
    }
  }
}

type Medians = { readonly [name: string]: number };

const over = (medians: Medians, name: string): number =>
  Math.round((medians[name] ?? Number.NaN) - (medians["raw"] ?? Number.NaN));

/** The median time of each contestant, in microseconds. Who begins changes with every round. */
async function contest(rounds: number, works: { readonly [name: string]: () => Promise<unknown> }): Promise<Medians> {
  const names = Object.keys(works);
  const samples = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = -Math.ceil(rounds / 4); round < rounds; round += 1) {
    for (const index of names.keys()) {
      const name = names[(index + Math.abs(round)) % names.length] ?? "";
      const took = await micros(works[name] ?? (() => Promise.resolve()));
      if (round >= 0) samples.get(name)?.push(took);
    }
  }
  return Object.fromEntries([...samples].map(([name, values]) => [name, median(values)]));
}
