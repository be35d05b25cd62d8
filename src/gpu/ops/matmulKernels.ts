/**
 * The kernels a matrix product can run by. All give the same numbers to rounding; which is fastest depends on the adapter and the
 * shape, so the tuner (gpu/tuner.ts) times them there, and a program's choice is kept with what it trains.
 */
import blockedShader from '$shaders/matmul_blocked.wgsl?raw';
import columnSumShader from '$shaders/column_sum.wgsl?raw';
import quadNn from '$shaders/matmul_quad_nn.wgsl?raw';
import quadNt from '$shaders/matmul_quad_nt.wgsl?raw';
import quadTn from '$shaders/matmul_quad_tn.wgsl?raw';
import broadcastShader from '$shaders/matmul_broadcast.wgsl?raw';
import matrixShader from '$shaders/matmul_matrix.wgsl?raw';
import skinnyShader from '$shaders/matmul_skinny.wgsl?raw';
import tiledShader from '$shaders/matmul_tiled.wgsl?raw';
import { ceilDiv, elements, grid, type Binding, type Dispatch, type Fragments, type Target, type Tensor, type Texture } from '../graph';
import type { Lying } from '../packing';
import { flopsOf, shapeClass, type MatmulShape } from '../products';
import { vectorsFor } from './vectors';

/** C (+)= scale · product (+ bias) (+ residual). */
export interface Product extends MatmulShape {
  a: Tensor;
  b: Tensor;
  c: Tensor;
  bias?: Tensor;
  residual?: Tensor;
  accumulate: boolean;
  scale: number;
}

export interface MatmulKernel {
  name: string;
  /** What it multiplies is rounded to 16-bit floats first: its numbers are other ones, and only a person may choose it. */
  rounds?: boolean;
  fits(product: Product, target: Target): boolean;
  launch(product: Product, target: Target): Dispatch[];
}

/** What every kernel has in common: the operands, the flags of the epilogue and the scale. */
function common({ a, b, c, bias, residual, accumulate, scale }: Product): { bindings: Binding[]; flags: Dispatch['settings']; scaling: { f32: number }[] } {
  const bindings: Binding[] = [{ binding: 1, tensor: a }, { binding: 2, tensor: b }, { binding: 3, tensor: c, write: true }];
  if (bias) bindings.push({ binding: 4, tensor: bias });
  if (residual) bindings.push({ binding: 5, tensor: residual });
  return {
    bindings, scaling: scale === 1 ? [] : [{ f32: scale }],
    flags: { ACCUMULATE: accumulate, BIAS: !!bias, RESIDUAL: !!residual, SCALE: scale !== 1 },
  };
}

/** How the tiled kernel reads B. */
export function readsOf(packing?: Lying): Readonly<Record<string, string | boolean>> {
  return packing ? { B: 'u32', [packing.toUpperCase()]: true } : { PLAIN: true };
}

const stridesOf = ({ layout, m, n, k }: MatmulShape) => ({ nt: [k, 1, 1, k], nn: [k, 1, n, 1], tn: [1, m, n, 1] }[layout]);

/** Any layout and size, through workgroup memory: with numbers as they are, the kernel that all others must agree with. */
function tiles(rounds: boolean): MatmulKernel {
  return {
    name: rounds ? 'tiled, rounding' : 'tiled',
    rounds,
    fits: (_, target) => !rounds || target.halves,
    launch(product) {
      const { m, n, k } = product;
      const { bindings, flags, scaling } = common(product);
      return [{
        shader: tiledShader, settings: { ...flags, ...readsOf(product.packing), ...(rounds ? { T: 'f16', HALF: true } : {}), WHOLE: true }, bindings,
        uniforms: [m, n, k, ...stridesOf(product), ...scaling], groups: [ceilDiv(n, 64), ceilDiv(m, 64)],
      }];
    },
  };
}

const tiled = tiles(false);

/** Whole subgroups exchange by broadcasts what their lanes loaded: `quads` in wide, for GPUs. */
const broadcast: MatmulKernel = {
  name: 'broadcast',
  fits: ({ packing }, { subgroupSize }) => !packing && subgroupSize > 0 && subgroupSize <= 64,
  launch(product, { subgroupSize }) {
    const { m, n, k } = product;
    const { bindings, flags, scaling } = common(product);
    const subgroups = Math.max(1, Math.floor(64 / subgroupSize));
    return [{
      shader: broadcastShader, settings: { ...flags, SUBGROUP: subgroupSize, WORKGROUP: subgroups * subgroupSize }, bindings,
      uniforms: [m, n, k, ...stridesOf(product), ...scaling], groups: [ceilDiv(n, 2 * subgroupSize), ceilDiv(m, 8 * subgroups)],
    }];
  },
};

/** Inner numbers of a part in workgroup memory, by their type: 4 KB. */
const DEPTHS = { f32: 16, f16: 32 };

/** The adapter's matrix units (shaders/matmul_matrix.wgsl): its own products of fragments, and what multiplies 16-bit floats rounds to them. */
function matrix(type: Fragments['type']): MatmulKernel {
  const unit = ({ fragments }: Target) =>
    fragments.find((one) => one.type === type && 32 % one.high === 0 && 32 % one.wide === 0 && DEPTHS[type] % one.deep === 0);
  return {
    name: type === 'f16' ? 'matrix units, rounding' : 'matrix units',
    rounds: type === 'f16',
    fits: (product, target) => !product.packing && 4 * target.subgroupSize <= 256 && (type === 'f32' || target.halves) && unit(target) !== undefined,
    launch(product, target) {
      const { m, n, k } = product;
      const { bindings, flags, scaling } = common(product);
      const { high = 8, wide = 8, deep = 8 } = unit(target) ?? {};
      return [{
        shader: matrixShader, bindings, uniforms: [m, n, k, ...stridesOf(product), ...scaling], groups: [ceilDiv(n, 64), ceilDiv(m, 64)],
        settings: { ...flags, T: type, HALF: type === 'f16', HIGH: high, WIDE: wide, DEEP: deep, SUBGROUP: target.subgroupSize, DEPTH: DEPTHS[type] },
      }];
    },
  };
}

/** Parts of the inner index side by side, then their sum: for a small C over many tokens, whose tiles alone leave a GPU idle. */
const split: MatmulKernel = {
  name: 'split',
  fits: ({ m, n, k, bias, residual }) => !bias && !residual && k >= 256 && ceilDiv(m, 64) * ceilDiv(n, 64) < 256,
  launch(product) {
    const { m, n, k, c } = product;
    const parts = Math.min(16, ceilDiv(k, 128));
    const depth = 16 * ceilDiv(ceilDiv(k, parts), 16);
    const partial: Tensor = { ...c, name: `parts of ${c.name}`, shape: [parts, m * n], pool: 'temp', needsGrad: false, base: undefined, parts: undefined, offset: 0 };
    const { bindings, flags, scaling } = common({ ...product, c: partial, accumulate: false });
    const { size, settings } = vectorsFor(m * n);
    const width = (m * n) / size;
    return [{
      shader: tiledShader, settings: { ...flags, ...readsOf(product.packing), SPLIT: true }, bindings,
      uniforms: [m, n, k, ...stridesOf(product), ...scaling, depth], groups: [ceilDiv(n, 64), ceilDiv(m, 64), parts],
    }, {
      shader: columnSumShader, settings: { ...settings, PRODUCT: false, CENTRED: false, ACCUMULATE: product.accumulate },
      bindings: [{ binding: 1, tensor: partial }, { binding: 2, tensor: c, write: true }],
      uniforms: [parts, width, 1, parts], groups: grid(ceilDiv(width, 64)),
    }];
  },
};

/** Both edges of C in the kernels' units must be whole vectors, and so must k; and B must be numbers as they are, or 16-bit floats. */
function wholeVectors({ layout, m, n, k, packing }: Product): boolean {
  return (!packing || (packing === 'f16' && layout !== 'tn')) && n % 4 === 0 && k % 4 === 0 && (layout !== 'tn' || m % 4 === 0);
}

/** How kernels read vectors of four from B: 16-bit floats by themselves where the adapter has them, else unpacked. */
function vectorReads({ packing }: Product, { halves }: Target): Dispatch['settings'] {
  if (!packing) return { PLAIN: true };
  return halves ? { B: 'vec4h', HALVES: true } : { B: 'vec2u', F16: true };
}

/** Four rows by four columns a thread in registers, no workgroup memory: caches do what tiles do elsewhere. */
const blocked: MatmulKernel = {
  name: 'blocked',
  fits: wholeVectors,
  launch(product, target) {
    const { layout, m, n, k } = product;
    const { bindings, flags, scaling } = common(product);
    return [{
      shader: blockedShader, settings: { ...flags, ...vectorReads(product, target), NT: layout === 'nt', NN: layout === 'nn', TN: layout === 'tn' }, bindings,
      uniforms: [m, n, k, ...scaling], groups: [ceilDiv(n, 32), ceilDiv(m, 32)],
    }];
  },
};

/** A few rows, as in decoding: the lanes of a workgroup share one column's inner index, so that B is read once and in order. */
const skinny: MatmulKernel = {
  name: 'skinny',
  fits: ({ layout, m, k, packing }) => (!packing || packing === 'f16') && layout === 'nt' && m <= 16 && k % 4 === 0,
  launch(product, target) {
    const { m, n, k } = product;
    const { bindings, flags, scaling } = common(product);
    return [{
      shader: skinnyShader, settings: { ...flags, ...vectorReads(product, target), ROWS: m, LANES: target.software ? 4 : 64 }, bindings, uniforms: [m, n, k, ...scaling], groups: grid(n),
    }];
  },
};

const quadShaders = { nt: quadNt, nn: quadNn, tn: quadTn };

/** A matrix as a texture: a row of it is a multiple of 256 bytes, so `fold` rows may have to lie side by side. */
function folded(tensor: Tensor, side: number, most: number): (Texture & { fold: number }) | undefined {
  const [rows] = tensor.shape;
  const columns = elements(tensor) / rows;
  for (let fold = 1; fold <= most; fold *= 2) {
    const width = (columns / 4) * fold;
    const height = rows / fold;
    const halves = tensor.packing === 'f16';
    if (width % (halves ? 32 : 16) === 0 && width <= side && Number.isInteger(height) && height <= side) return { width, height, halves, fold };
  }
  return undefined;
}

/** Operations and rows from which a tile of 64 by 32 repays its code, which takes three times as long to compile as one of 32 by 32; never in nt. */
const HUGE_PRODUCT = 2 ** 30;
const HUGE_ROWS = 256;

function huge(shape: MatmulShape): boolean {
  return shape.layout !== 'nt' && flopsOf(shape) >= HUGE_PRODUCT && shape.m >= HUGE_ROWS;
}

/** Quads that exchange what each lane has loaded (shaders/matmul_quad_*.wgsl), from buffers or by sampling textures: a tile of `high` by `wide` each. */
function quads(high: number, wide: number, sampled: boolean): MatmulKernel {
  const foldsOf = (product: Product, target: Target) => [product.a, product.b].map((x) => folded(x, target.texels, product.k % 8 === 0 ? 8 : 4));
  return {
    name: `${sampled ? 'sampled' : 'quads'} ${high === wide ? high : `${high}x${wide}`}`,
    fits: (product, target) => target.subgroups && wholeVectors(product) && (high * wide <= 1024 || huge(product))
      && (!sampled || foldsOf(product, target).every(Boolean)),
    launch(product, target) {
      const { layout, m, n, k } = product;
      const { bindings, flags, scaling } = common(product);
      const [foldA, foldB] = sampled ? foldsOf(product, target) : [];
      if (foldA && foldB) [bindings[0].texture, bindings[1].texture] = [foldA, foldB];
      const texels = foldA && foldB ? [1 / foldA.width, 1 / foldA.height, 1 / foldB.width, 1 / foldB.height].map((f32) => ({ f32 })) : [];
      const tilesN = ceilDiv(n, wide);
      const tiles = tilesN * ceilDiv(m, high);
      const pair = k % 8 === 0;
      const quadsAGroup = target.quads || 8;
      return [{
        shader: quadShaders[layout], bindings,
        settings: {
          ...flags, ...(sampled ? { PLAIN: true } : vectorReads(product, target)), MI: high / 4, NJ: wide / 4, PAIR: pair, STEP: pair ? 2 : 1, WORKGROUP: 4 * quadsAGroup, BUFFERED: !sampled, SAMPLED: sampled,
          PAIR_BUFFERED: pair && !sampled, PAIR_SAMPLED: pair && sampled, FOLD_A: foldA?.fold ?? 1, FOLD_B: foldB?.fold ?? 1,
        },
        uniforms: [m, n, k, tilesN, tiles, ...texels, ...scaling], groups: grid(ceilDiv(tiles, quadsAGroup)),
      }];
    },
  };
}

export const plainMatmul = tiled;
export const matmulKernels: readonly MatmulKernel[] = [
  tiled, split, blocked, skinny, broadcast, quads(16, 16, false), quads(32, 32, false), quads(16, 16, true), quads(32, 32, true), quads(64, 32, true),
  matrix('f32'), tiles(true), matrix('f16'),
];

/** Below this many large tiles, small ones share the work out better. */
const LARGE_TILES = 8;

/** What an adapter gets that was not tuned: by rule, so that it is the same every time. */
function untuned(product: Product, target: Target): MatmulKernel {
  if (target.quads === 0) return tiled;
  const side = ceilDiv(product.m, 32) * ceilDiv(product.n, 32) >= LARGE_TILES ? 32 : 16;
  return ['sampled 64x32', `sampled ${side}`, `quads ${side}`].map(kernelNamed).find((kernel) => kernel?.fits(product, target)) ?? tiled;
}

/** A software adapter is tuned on less than such a product, which says nothing of it: it is left to the rule. */
export function ruled(shape: MatmulShape, { software }: Target): boolean {
  return software && huge(shape);
}

function kernelNamed(name: string | undefined): MatmulKernel | undefined {
  return matmulKernels.find((kernel) => kernel.name === name);
}

/** The one the tuner found for products of this class, where it fits; else by rule. */
export function chooseMatmul(product: Product, target: Target): MatmulKernel {
  if (!ruled(product, target)) target.inUse?.note(product);
  const kernel = kernelNamed(target.kernels[shapeClass(product)]);
  return kernel?.fits(product, target) ? kernel : untuned(product, target);
}
