// C, and what is added on the way there: C as it is, n numbers of a bias, a residual of C's shape.
@group(0) @binding(3) var<storage, read_write> c: array<C>;
@group(0) @binding(4) var<storage, read> bias: array<C>; // when BIAS
@group(0) @binding(5) var<storage, read> residual: array<C>; // when RESIDUAL

fn put(at: u32, column: u32, product: C) {
  var value = product;
  value *= dims.scale; // when SCALE
  value += c[at]; // when ACCUMULATE
  value += bias[column]; // when BIAS
  value += residual[at]; // when RESIDUAL
  c[at] = value;
}
