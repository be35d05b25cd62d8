// One more chunk of the vocabulary into a row's running log-sum-exp: stats[row] = (largest logit, Σ exp(logit − largest), target's logit).
// The last chunk also writes the row's loss. One workgroup a row; logits stay as they are.
struct Dims { rows: u32, vocab: u32, first: u32, cap: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> coefficients: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>; // when LAST

// include lanes

fn score(logit: f32) -> f32 {
  var value = logit;
  value = dims.cap * tanh(value / dims.cap); // when CAPPED
  return value;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= dims.rows) { return; }
  let base = row * dims.vocab;
  var before = -1e30;
  var mass = 0.0;
  var goalScore = 0.0;
  before = stats[3u * row]; // when MORE
  mass = stats[3u * row + 1u]; // when MORE
  goalScore = stats[3u * row + 2u]; // when MORE
  var high = before;
  for (var i = lane; i < dims.vocab; i += LANES) { high = max(high, score(logits[base + i])); }
  high = largestOf(high, lane);
  var sum = 0.0;
  for (var i = lane; i < dims.vocab; i += LANES) { sum += exp(score(logits[base + i]) - high); }
  sum = sumOf(sum, lane);
  if (lane != 0u) { return; }
  mass = mass * exp(before - high) + sum;
  let goal = targets[row] - dims.first;
  if (goal < dims.vocab) { goalScore = score(logits[base + goal]); }
  stats[3u * row] = high;
  stats[3u * row + 1u] = mass;
  stats[3u * row + 2u] = goalScore;
  losses[row] = select(log(mass) + high - goalScore, 0.0, coefficients[row] == 0.0); // when LAST
}
