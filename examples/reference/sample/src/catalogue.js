/** What can be bought; prices in cents. */
export const catalogue = [
  { sku: "hammer", name: "Claw hammer", price: 1895 },
  { sku: "bolt", name: "Bolt M8", price: 45 },
  { sku: "nut", name: "Nut M8", price: 12 },
  { sku: "washer", name: "Washer M8", price: 7 },
  { sku: "saw", name: "Hand saw", price: 2450 },
  { sku: "tape", name: "Tape measure", price: 799 },
  { sku: "glue", name: "Wood glue", price: 649 },
  { sku: "level", name: "Spirit level", price: 1599 },
];

/** The item of that name. */
export function findItem(sku) {
  const item = catalogue.find((each) => each.sku === sku);
  if (item === undefined) throw Object.assign(new Error(`there is no item '${sku}'`), { status: 404 });
  return item;
}

/** One page of the catalogue, cheapest first. The first page is 1. */
export function listItems(page, size) {
  const sorted = [...catalogue].sort((a, b) => a.price - b.price);
  const start = (page - 1) * size;
  return sorted.slice(start, start + size);
}
