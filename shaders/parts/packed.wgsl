// A number of b as it is, or unpacked from words (gpu/packing.ts).
alias B = f32;

fn valueB(at: u32) -> f32 {
  return b[at]; // when PLAIN
  let pair = unpack2x16float(bitcast<u32>(b[at / 2u])); // when F16
  return select(pair.x, pair.y, at % 2u == 1u); // when F16
  let block8 = at / 32u * 9u; // when Q8
  let bytes = bitcast<i32>(b[block8 + 1u + at % 32u / 4u]); // when Q8
  return f32(extractBits(bytes, at % 4u * 8u, 8u)) * bitcast<f32>(b[block8]); // when Q8
  let block4 = at / 32u * 5u; // when Q4
  let range = unpack2x16float(bitcast<u32>(b[block4])); // when Q4
  let nibbles = bitcast<u32>(b[block4 + 1u + at % 32u / 8u]); // when Q4
  return f32(extractBits(nibbles, at % 8u * 4u, 4u)) * range.x + range.y; // when Q4
}
