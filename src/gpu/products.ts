/** Matrix products as a choice of kernels sees them: which are alike, and which are in use on a device. */
import type { Packing } from './packing';

/** nt: C = A·Bᵀ; nn: C = A·B; tn: C = Aᵀ·B; all row-major. */
export type Layout = 'nt' | 'nn' | 'tn';

export interface MatmulShape {
  layout: Layout;
  m: number;
  n: number;
  k: number;
  /** How B lies, where it is packed. */
  packing?: Packing;
}

/** Products alike enough for one choice: their layout, each side to the nearest power of two, and the packing of B. */
export function shapeClass({ layout, m, n, k, packing }: MatmulShape): string {
  return [layout, ...[m, n, k].map((side) => 2 ** Math.round(Math.log2(side))), ...(packing ? [packing] : [])].join(' ');
}

/** Sums and products. */
export function flopsOf({ m, n, k }: MatmulShape): number {
  return 2 * m * n * k;
}

/** A smaller product is over before a choice could matter. */
const WORTH_A_CHOICE = 2 ** 20;

/** The shapes a device was asked for since it was opened. */
export class ProductsInUse {
  private readonly classes = new Map<string, { shape: MatmulShape; work: number }>();

  note({ layout, m, n, k, packing }: MatmulShape): void {
    const shape: MatmulShape = packing ? { layout, m, n, k, packing } : { layout, m, n, k };
    const name = shapeClass(shape);
    if (flopsOf(shape) < WORTH_A_CHOICE) return;
    const known = this.classes.get(name) ?? { shape, work: 0 };
    known.work += flopsOf(shape);
    this.classes.set(name, known);
  }

  clear(): void {
    this.classes.clear();
  }

  /** One of each class, what takes most of the work first. */
  list(): MatmulShape[] {
    return [...this.classes.values()].sort((a, b) => b.work - a.work).map(({ shape }) => shape);
  }
}
