import type { Entry, Place } from "../contracts/journal.ts";
import { isErased } from "../journal/erased.ts";
import { checkedPages, pageLength, type JournalPages } from "../journal/pages.ts";
import { createHistory, placeKey, type History } from "./history.ts";
import { createUnasked, type Seen, type Unasked } from "./unasked.ts";

/** What must be known of a journal before it is replayed, without holding its entries. */
export interface Survey {
  readonly first: Entry | undefined;
  readonly last: Entry | undefined;
  /** Those that say who took the run over. */
  readonly taken: readonly Entry[];
  /** Where the first value was erased. */
  readonly erased: number | undefined;
  /** What nodes failed with for good: the messages. */
  readonly failures: ReadonlySet<string>;
  readonly places: Unasked<Indexed>;
}

/** A place, and where its entries are. */
interface Indexed extends Seen {
  readonly positions: number[];
}

/** Goes through a journal once, and checks it on the way. Throws `journal_corrupt`. */
export async function surveyJournal(journal: JournalPages): Promise<Survey> {
  const places = createUnasked<Indexed>();
  const taken: Entry[] = [];
  const failures = new Set<string>();
  let [first, last, erased]: [Entry?, Entry?, number?] = [];
  for await (const page of checkedPages(journal)) {
    for (const entry of page) {
      if (entry.type === "run-taken" || last?.type === "run-taken") taken.push(entry);
      if (entry.type === "node-failed" && !entry.retried) failures.add(entry.body?.error.message ?? "");
      if (erased === undefined && isErased(entry)) erased = entry.position;
      first ??= entry;
      last = entry;
      if (!("node" in entry)) continue;
      const { path, node, visit, position } = entry;
      const key = placeKey(entry);
      const known = places.get(key);
      if (known === undefined) places.add(key, { path, node, visit, position, positions: [position] });
      else known.positions.push(position);
    }
  }
  return { first, last, taken, erased, failures, places };
}

type Page = readonly Entry[];
/** So many pages are kept at hand. */
const mostPages = 32;

/** A history that fetches what it has of a place when the place is come to, and lets go of it when it is over. */
export function createPagedHistory(journal: JournalPages, { places }: Survey): History {
  const inner = createHistory([]);
  const pages = new Map<number, Page | Promise<Page>>();

  /** The page that an entry is in: at once where it is at hand, or is read without waiting. */
  function pageOf(position: number): Page | Promise<Page> {
    const number = Math.floor(position / pageLength);
    const known = pages.get(number);
    // The last one that was asked for stands at the end.
    pages.delete(number);
    const page = known ?? journal.read(number * pageLength, pageLength);
    pages.set(number, page);
    if (known === undefined && isPromise(page))
      page.then(
        (read) => pages.has(number) && pages.set(number, read),
        () => pages.delete(number),
      );
    const [oldest] = pages.keys();
    if (pages.size > mostPages && oldest !== undefined) pages.delete(oldest);
    return page;
  }

  const add = (page: Page, position: number): void => {
    const entry = page[position % pageLength];
    if (entry !== undefined) inner.add(entry);
  };

  async function fetch(positions: readonly number[], from: number): Promise<void> {
    for (const position of positions.slice(from)) add(await pageOf(position), position);
  }

  return {
    ...inner,
    load(place: Place) {
      // Fetched once.
      const positions = places.get(placeKey(place))?.positions.splice(0) ?? [];
      for (const [index, position] of positions.entries()) {
        const page = pageOf(position);
        if (isPromise(page)) return page.then(() => fetch(positions, index));
        add(page, position);
      }
      return undefined;
    },
    at(place) {
      places.take(placeKey(place));
      return inner.at(place);
    },
    passed: () => places.size === 0,
    unvisited: places.below,
  };
}

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> => value instanceof Promise;
