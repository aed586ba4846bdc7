/**
 * A genuine bug: one text in one file of the sample service, changed as people do change it by mistake.
 * The tests named here fail with it, and no other way of telling them is given to anybody: the workforce and its
 * model see the tests' output only.
 */
export interface Bug {
  readonly name: string;
  readonly file: string;
  readonly before: string;
  readonly after: string;
  /** The test file that shows it, and the tests in it that fail. */
  readonly shownBy: { readonly file: string; readonly tests: readonly string[] };
}

/** The bugs to draw from. */
export const bugs: readonly Bug[] = [
  {
    name: "pages begin one too late",
    file: "src/catalogue.js",
    before: "(page - 1) * size",
    after: "page * size",
    shownBy: {
      file: "test/catalogue.test.js",
      tests: [
        "the first page has the cheapest items",
        "the next page goes on where the first ended",
        "the last page may be short",
      ],
    },
  },
  {
    name: "the dearest items come first",
    file: "src/catalogue.js",
    before: "a.price - b.price",
    after: "b.price - a.price",
    shownBy: {
      file: "test/catalogue.test.js",
      tests: [
        "the first page has the cheapest items",
        "the next page goes on where the first ended",
        "the last page may be short",
      ],
    },
  },
  {
    name: "cents are cut off",
    file: "src/price.js",
    before: "Math.round(",
    after: "Math.floor(",
    shownBy: {
      file: "test/price.test.js",
      tests: [
        "a percentage is rounded to the nearest cent",
        "the discount begins with the bulk quantity itself",
        "tax is added to the net sum",
      ],
    },
  },
  {
    name: "the discount begins one piece too late",
    file: "src/price.js",
    before: "quantity >= config.bulkQuantity",
    after: "quantity > config.bulkQuantity",
    shownBy: { file: "test/price.test.js", tests: ["the discount begins with the bulk quantity itself"] },
  },
  {
    name: "the discount is added",
    file: "src/price.js",
    before: "amount - bulkDiscount(",
    after: "amount + bulkDiscount(",
    shownBy: { file: "test/price.test.js", tests: ["the discount is taken off the line"] },
  },
  {
    name: "tax is taken off",
    file: "src/price.js",
    before: "net + tax",
    after: "net - tax",
    shownBy: { file: "test/price.test.js", tests: ["tax is added to the net sum"] },
  },
  {
    name: "stock is not waited for",
    file: "src/stock.js",
    before: "await available(sku)",
    after: "available(sku)",
    shownBy: {
      file: "test/stock.test.js",
      tests: ["more than there is cannot be reserved", "an order is reserved as a whole or not at all"],
    },
  },
  {
    name: "the last piece cannot be sold",
    file: "src/stock.js",
    before: "left - quantity < 0",
    after: "left - quantity <= 0",
    shownBy: { file: "test/stock.test.js", tests: ["the last piece can be reserved"] },
  },
  {
    name: "half a piece can be bought",
    file: "src/lines.js",
    before: "Number.isInteger(quantity) && quantity > 0",
    after: "Number.isInteger(quantity) || quantity > 0",
    shownBy: {
      file: "test/lines.test.js",
      tests: ["half a bolt cannot be bought", "a quantity is more than nothing"],
    },
  },
  {
    name: "price and quantity are swapped",
    file: "src/quote.js",
    before: "lineTotal(item.price, quantity, config)",
    after: "lineTotal(quantity, item.price, config)",
    shownBy: { file: "test/quote.test.js", tests: ["a quote names every line and the sums"] },
  },
  {
    name: "the cache keeps one value too few",
    file: "src/cache.js",
    before: "kept.size <= size",
    after: "kept.size < size",
    shownBy: { file: "test/cache.test.js", tests: ["what was used last is kept"] },
  },
];

/** The bug that a seed draws: the same one each time. */
export function drawBug(seed: number): Bug {
  // A seed's neighbours should not draw neighbours (MurmurHash3's finaliser).
  let h = seed | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  const bug = bugs[((h ^ (h >>> 16)) >>> 0) % bugs.length];
  if (bug === undefined) throw new RangeError("there are no bugs to draw from");
  return bug;
}
