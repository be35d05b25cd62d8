// A vector of B as numbers: as it lies, or of 16-bit floats by the adapter's own type or unpacked.
alias B = vec4f;
fn fourOf(b: B) -> vec4f {
  return b; // when PLAIN
  return vec4f(b); // when HALVES
  return vec4f(unpack2x16float(b.x), unpack2x16float(b.y)); // when F16
}
