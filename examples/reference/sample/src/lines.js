/** Reads `bolt:10,nut:4` as lines of an order. A quantity that is left out is 1. */
export function parseLines(text) {
  const lines = text
    .split(",")
    .filter((part) => part !== "")
    .map(parseLine);
  if (lines.length === 0) throw Object.assign(new Error("no items given"), { status: 400 });
  return lines;
}

function parseLine(part) {
  const [sku, count = "1"] = part.split(":");
  const quantity = Number(count);
  if (!isQuantity(quantity)) {
    throw Object.assign(new Error(`'${count}' is no quantity`), { status: 400 });
  }
  return { sku, quantity };
}

/** Whether so many pieces can be bought. */
export function isQuantity(quantity) {
  return Number.isInteger(quantity) && quantity > 0;
}
