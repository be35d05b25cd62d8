// A chunk of the vocabulary becomes its own gradient, coefficient · (softmax − onehot(target)), by the row's finished log-sum-exp.
struct Dims { count: u32, vocab: u32, first: u32, cap: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> coefficients: array<f32>;
@group(0) @binding(4) var<storage, read> stats: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.count) { return; }
  let row = i / dims.vocab;
  var score = logits[i];
  var slope = 1.0;
  let bend = tanh(score / dims.cap); // when CAPPED
  score = dims.cap * bend; // when CAPPED
  slope = 1.0 - bend * bend; // when CAPPED
  let softmax = exp(score - stats[3u * row]) / stats[3u * row + 1u];
  let goal = select(0.0, 1.0, i % dims.vocab + dims.first == targets[row]);
  logits[i] = slope * coefficients[row] * (softmax - goal);
}
