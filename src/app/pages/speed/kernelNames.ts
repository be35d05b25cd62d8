/** What a kernel is called on the page. */

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
