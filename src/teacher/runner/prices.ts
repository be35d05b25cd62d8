/** What models cost. Prices change: a person can edit them, and a model without one is said to have none. */
import * as v from 'valibot';

const rate = v.pipe(v.number(), v.minValue(0));

/** US dollars a million tokens. */
export const PriceSchema = v.object({ input: rate, output: rate });
export type Price = v.InferOutput<typeof PriceSchema>;

/** By model name; a name that ends in `*` stands for all that begin so, the longest such first. */
export const PricesSchema = v.record(v.pipe(v.string(), v.maxLength(200)), PriceSchema);
export type Prices = v.InferOutput<typeof PricesSchema>;

/** The price of a model; undefined is unknown, never free. */
export function priceOf(model: string, prices: Prices): Price | undefined {
  if (Object.hasOwn(prices, model)) return prices[model];
  const [best] = Object.keys(prices)
    .filter((name) => name.endsWith('*') && model.startsWith(name.slice(0, -1)))
    .sort((a, b) => b.length - a.length);
  return best === undefined ? undefined : prices[best];
}

/** The price that was given; a provider on this machine is free, and of any other it is unknown. */
export function priceWhere(price: Price | undefined, remote: boolean): Price | undefined {
  return price ?? (remote ? undefined : { input: 0, output: 0 });
}

/** US dollars of a call. */
export function costOf(price: Price, inputTokens: number, outputTokens: number): number {
  return (inputTokens * price.input + outputTokens * price.output) / 1e6;
}
