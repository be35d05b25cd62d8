/** What a kernel is called on the page. */
import type { MatmulShape } from '../../../gpu/products';
import { count } from '../../numbers';

const PRODUCTS: Record<string, string> = {
  'matmul nt': 'products, forward', 'matmul nn': 'products, to inputs', 'matmul tn': 'products, to weights', adamw: 'update (AdamW)',
};

/** `attentionBackwardKey` → `attention backward key`. */
export function kernelName(name: string): string {
  return PRODUCTS[name] ?? name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

const PURPOSES: Record<string, string> = { optimiser: 'optimiser’s moments', batches: 'batch and tables' };

export function purposeName(purpose: string): string {
  return PURPOSES[purpose] ?? purpose;
}

/** `forward, 1,024 × 512 × 512`: rows and columns of the product, and the numbers a sum is over. */
export function productName({ layout, m, n, k, packing }: MatmulShape): string {
  const way = { nt: 'forward', nn: 'to inputs', tn: 'to weights' }[layout];
  return `${way}, ${[m, n, k].map(count).join(' × ')}${packing ? `, weights in ${packing}` : ''}`;
}
