enable subgroups; // when QUAD
// Softmax cross-entropy of one chunk of rows, one workgroup a row, in place: logits become
// coefficient · (softmax − onehot(target)), the gradient of the weighted loss. Also writes each row's unweighted loss in nats.
// With a cap, logits are first made cap · tanh(logit / cap). One coefficient a token is all that weighted SFT, STAT-Sel, GRPO and KL differ in.
struct Dims { rows: u32, vocab: u32, cap: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> coefficients: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;

// include lanes

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= dims.rows) { return; }
  let base = row * dims.vocab;
  let coefficient = coefficients[row];
  for (var i = lane; i < dims.vocab; i += LANES) { logits[base + i] = dims.cap * tanh(clamp(logits[base + i] / dims.cap, -15.0, 15.0)); } // when CAPPED
  var high = -1e30;
  for (var i = lane; i < dims.vocab; i += LANES) { high = max(high, logits[base + i]); }
  high = largestOf(high, lane);
  var mass = 0.0;
  for (var i = lane; i < dims.vocab; i += LANES) { mass += exp(logits[base + i] - high); }
  mass = sumOf(mass, lane);
  let goal = targets[row];
  if (lane == goal % LANES) {
    losses[row] = select(log(mass) + high - logits[base + goal], 0.0, coefficient == 0.0);
  }
  for (var i = lane; i < dims.vocab; i += LANES) {
    let softmax = exp(logits[base + i] - high) / mass;
    var slope = coefficient;
    slope *= 1.0 - logits[base + i] * logits[base + i] / (dims.cap * dims.cap); // when CAPPED
    logits[base + i] = slope * (softmax - select(0.0, 1.0, i == goal));
  }
}
