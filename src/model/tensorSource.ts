/** Tensors where they lie: values are read from the file in rows, when they are wanted, and checked as they are read. */
import { StudioError } from '../core/errors';
import type { ByteSource } from './byteSource';
import { bytesOf, decodeNumbers } from './numberFormats';
import type { NumberFormat, Params, TensorSource, TensorSources } from './types';

/** Values read at a time by those who pass over a whole tensor. */
export const PIECE_VALUES = 1 << 22;

/** Rows of a tensor, a row being its last dimension; a vector is one row. */
export function rowsOf(shape: readonly number[]): { rows: number; width: number } {
  const width = shape.at(-1) ?? 1;
  return { rows: shape.slice(0, -1).reduce((a, b) => a * b, 1), width };
}

/** Where row `row` of the tensor lies in the file, for files that keep rows in another order. */
export type RowOrder = (row: number) => number;

/** @param offset of the first byte. The caller has checked that the file is long enough and rows are whole blocks. */
export function fileTensor(
  name: string, source: ByteSource, offset: number, format: NumberFormat, shape: readonly number[], order?: RowOrder,
): TensorSource {
  const { rows, width } = rowsOf(shape);
  const rowBytes = bytesOf(format, width);
  const raw = async (from = 0, count = rows - from): Promise<Uint8Array> => {
    if (!order) return source.read(offset + from * rowBytes, offset + (from + count) * rowBytes);
    const lying = Array.from({ length: count }, (_, i) => order(from + i));
    const [low, high] = lying.reduce(([a, b], row) => [Math.min(a, row), Math.max(b, row)], [rows, 0]);
    const bytes = await source.read(offset + low * rowBytes, offset + (high + 1) * rowBytes);
    const out = new Uint8Array(count * rowBytes);
    lying.forEach((row, i) => out.set(bytes.subarray((row - low) * rowBytes, (row - low + 1) * rowBytes), i * rowBytes));
    return out;
  };
  const read = async (from = 0, count = rows - from): Promise<Float32Array> => checked(decodeNumbers(format, await raw(from, count)), name);
  return { shape, format, raw, read };
}

/** A tensor made of another by a change of every value, as f32. */
export function mappedTensor(inner: TensorSource, change: (value: number) => number): TensorSource {
  const read = async (from?: number, count?: number) => (await inner.read(from, count)).map(change);
  return { shape: inner.shape, format: 'F32', read, raw: async (from, count) => new Uint8Array((await read(from, count)).buffer) };
}

const originals = new WeakMap<TensorSource, TensorSource>();

/** [a, b] → [b, a], as f32; turned twice, the original. Any row needs all of the other's, so each reading passes over the whole. */
export function transposedTensor(inner: TensorSource): TensorSource {
  const original = originals.get(inner);
  if (original) return original;
  const [height, width] = inner.shape;
  const read = async (from = 0, count = width - from) => {
    const values = await inner.read();
    const out = new Float32Array(count * height);
    for (let row = 0; row < count; row++) for (let i = 0; i < height; i++) out[row * height + i] = values[i * width + from + row];
    return out;
  };
  const turned: TensorSource = {
    shape: [width, height], format: 'F32', read, raw: async (from, count) => new Uint8Array((await read(from, count)).buffer),
  };
  originals.set(turned, inner);
  return turned;
}

/** Numbers in memory. */
export function sourcesOf(params: Params): TensorSources {
  return new Map([...params].map(([name, { shape, data }]) => {
    const { width } = rowsOf(shape);
    const read = async (from = 0, count?: number) => checked(data.subarray(from * width, count === undefined ? undefined : (from + count) * width), name);
    const raw = async (from?: number, count?: number) => {
      const values = await read(from, count);
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    };
    return [name, { shape, format: 'F32', read, raw } satisfies TensorSource];
  }));
}

/** Whole tensors in memory. */
export async function paramsOf(weights: TensorSources): Promise<Params> {
  const params: Params = new Map();
  for (const [name, tensor] of weights) params.set(name, { shape: [...tensor.shape], data: await tensor.read() });
  return params;
}

/** Goes over a tensor in order, some PIECE_VALUES at a time and a multiple of eight rows. `at` is the place of the first value of a piece. */
export async function eachPiece(tensor: TensorSource, take: (values: Float32Array, at: number) => void): Promise<void> {
  const { rows, width } = rowsOf(tensor.shape);
  const step = 8 * Math.max(1, Math.floor(PIECE_VALUES / Math.max(1, 8 * width)));
  for (let row = 0; row < rows; row += step) take(await tensor.read(row, Math.min(step, rows - row)), row * width);
}

/** Whether two tensors lie as the same bytes; two that differ are told apart by their first rows. */
export async function sameBytes(a: TensorSource, b: TensorSource): Promise<boolean> {
  if (a.format !== b.format || a.shape.join() !== b.shape.join()) return false;
  const { rows, width } = rowsOf(a.shape);
  const most = Math.max(1, Math.floor(PIECE_VALUES / Math.max(1, width)));
  for (let row = 0, step = 1; row < rows; row += step, step = Math.min(most, step * 8)) {
    const count = Math.min(step, rows - row);
    const [left, right] = await Promise.all([a.raw(row, count), b.raw(row, count)]);
    for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  }
  return true;
}

function checked(values: Float32Array, name: string): Float32Array {
  // A sum is NaN or infinite if any of its parts is; in float64 no sum of f32 values overflows.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  if (Number.isFinite(sum)) return values;
  throw new StudioError('model-bad-weights', 'A tensor holds values that are not numbers (NaN or infinite).', {
    where: name, kept: 'Nothing was loaded.', remedy: 'Download the file again, or choose another: these weights are broken.',
  });
}
