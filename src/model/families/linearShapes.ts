/** The parameters of one linear layer. */
import type { NamedShape } from '../types';

/** Its weight, and its bias where it has one. */
export function linearShapes(name: string, out: number, input: number, bias: boolean): NamedShape[] {
  const weight: NamedShape = [`${name}.weight`, [out, input]];
  return bias ? [weight, [`${name}.bias`, [out]]] : [weight];
}
