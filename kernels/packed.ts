/** Packed weights (gpu/packing.ts) as plain ones. A unit is a row. Kinds: 1 halves, 2 bytes with a scale, 3 nibbles with a scale and a minimum, 4 panels. */
import { real, word } from './vector';

/** Arguments: packed, out, kind, values of a row. */
export function unpack(args: usize, unit: u32, own: usize): void {
  const kind = word(args, 2), width = word(args, 3);
  unpackRow(<usize>word(args, 0) + unit * rowBytes(kind, width), <usize>word(args, 1) + unit * (width << 2), kind, width, 1);
}

/** Rows of a table, packed or in panels, by id. Arguments: table, ids, out, kind, values of a row, scale. */
export function embedPacked(args: usize, unit: u32, own: usize): void {
  const kind = word(args, 3), width = word(args, 4);
  const id = load<u32>(<usize>word(args, 1) + (unit << 2));
  const to = <usize>word(args, 2) + unit * (width << 2), scale = real(args, 5);
  if (kind != 4) return unpackRow(<usize>word(args, 0) + id * rowBytes(kind, width), to, kind, width, scale);
  const from = <usize>word(args, 0) + (((id & ~7) * width + (id & 7)) << 2);
  for (let i: u32 = 0; i < width; i++) store<f32>(to + (i << 2), load<f32>(from + (i << 5)) * scale);
}

// @ts-ignore: decorator
@inline
function rowBytes(kind: u32, width: u32): usize {
  return kind == 1 ? width << 1 : (width >> 5) * (kind == 2 ? 36 : 20);
}

function unpackRow(from: usize, to: usize, kind: u32, width: u32, scale: f32): void {
  if (kind == 1) {
    for (let i: u32 = 0; i < width; i++) store<f32>(to + (i << 2), half(load<u16>(from + (i << 1))) * scale);
    return;
  }
  for (let i: u32 = 0; i < width; i += 32, to += 128) {
    if (kind == 2) {
      const step = load<f32>(from);
      for (let j: u32 = 0; j < 32; j++) store<f32>(to + (j << 2), <f32>load<i8>(from + 4 + j) * step * scale);
      from += 36;
    } else {
      const step = half(load<u16>(from)), least = half(load<u16>(from, 2));
      for (let j: u32 = 0; j < 32; j++) {
        const nibble = (<u32>load<u8>(from + 4 + (j >> 1)) >> ((j & 1) << 2)) & 15;
        store<f32>(to + (j << 2), (<f32>nibble * step + least) * scale);
      }
      from += 20;
    }
  }
}

/** A half as a float: its bits moved up, and 2¹¹² for the exponents' different starts. */
// @ts-ignore: decorator
@inline
function half(bits: u32): f32 {
  const size = reinterpret<f32>((bits & 0x7fff) << 13) * reinterpret<f32>(0x77800000);
  return reinterpret<f32>(reinterpret<u32>(size) | ((bits & 0x8000) << 16));
}
