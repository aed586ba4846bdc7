/** A percentage of an amount, in whole cents. */
export function percentOf(amount, percent) {
  return Math.round((amount * percent) / 100);
}

/** What is taken off a line because much is bought. */
export function bulkDiscount(amount, quantity, config) {
  return quantity >= config.bulkQuantity ? percentOf(amount, config.bulkPercent) : 0;
}

/** What a line costs before tax. */
export function lineTotal(price, quantity, config) {
  const amount = price * quantity;
  return amount - bulkDiscount(amount, quantity, config);
}

/** The sums of a quote. */
export function totals(amounts, config) {
  const net = amounts.reduce((sum, amount) => sum + amount, 0);
  const tax = percentOf(net, config.taxPercent);
  return { net, tax, total: net + tax };
}
