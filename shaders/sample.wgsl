// Picks the next token of every slot on the GPU, one workgroup a slot, and moves the slot on: nothing is read back per token.
// temperature 0 is argmax (the lowest id wins a tie). Otherwise top-k and top-p keep a set by a threshold found by bisection on the
// probability, and Gumbel-max draws from it: argmax of log p + Gumbel noise, hashed from (seed, request, count, id), so an answer
// does not depend on its neighbours in the batch.
struct Dims { slots: u32, vocab: u32, limit: u32, stops: u32, topK: u32, seed: u32, temperature: f32, topP: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> logits: array<f32>; // [slots, vocab]
@group(0) @binding(2) var<storage, read> stopIds: array<u32>;
@group(0) @binding(3) var<storage, read> requests: array<u32>; // [slots, (request number, most tokens)]
@group(0) @binding(4) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(5) var<storage, read_write> positions: array<u32>;
@group(0) @binding(6) var<storage, read_write> live: array<u32>; // slot number, or 0xffffffff when finished
@group(0) @binding(7) var<storage, read_write> written: array<u32>; // [slots, (count, finished, ids…)], rows of limit + 2

// include lanes
// include hash
var<workgroup> best: array<f32, LANES>;
var<workgroup> bestId: array<u32, LANES>;

fn highest(value: f32, id: u32, lane: u32) -> u32 {
  workgroupBarrier();
  best[lane] = value;
  bestId[lane] = id;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = lane + half;
      if (best[other] > best[lane] || (best[other] == best[lane] && bestId[other] < bestId[lane])) {
        best[lane] = best[other];
        bestId[lane] = bestId[other];
      }
    }
    workgroupBarrier();
  }
  return bestId[0];
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let slot = group.x;
  let base = slot * dims.vocab;
  let row = slot * (dims.limit + 2u);
  let count = written[row];
  var high = -3e38;
  var highId = 0xffffffffu;
  for (var i = lane; i < dims.vocab; i += LANES) {
    if (logits[base + i] > high) { high = logits[base + i]; highId = i; }
  }
  var choice = highest(high, highId, lane);
  if (dims.temperature > 0.0) {
    let peak = logits[base + choice];
    var mass = 0.0;
    for (var i = lane; i < dims.vocab; i += LANES) { mass += exp((logits[base + i] - peak) / dims.temperature); }
    let whole = sumOf(mass, lane);
    // Largest threshold on exp((logit − peak) / T) that still keeps enough: topP of the mass, and at most topK ids.
    var low = 0.0;
    if (dims.topP < 1.0) {
      var over = 1.0;
      for (var round = 0u; round < 24u; round++) {
        let middle = 0.5 * (low + over);
        var kept = 0.0;
        for (var i = lane; i < dims.vocab; i += LANES) {
          let p = exp((logits[base + i] - peak) / dims.temperature);
          kept += select(0.0, p, p >= middle);
        }
        let enough = sumOf(kept, lane) >= dims.topP * whole;
        low = select(low, middle, enough);
        over = select(middle, over, enough);
      }
    }
    if (dims.topK > 0u && dims.topK < dims.vocab) {
      var under = low;
      var over = 1.000001;
      for (var round = 0u; round < 24u; round++) {
        let middle = 0.5 * (under + over);
        var kept = 0.0;
        for (var i = lane; i < dims.vocab; i += LANES) {
          kept += select(0.0, 1.0, exp((logits[base + i] - peak) / dims.temperature) >= middle);
        }
        let few = sumOf(kept, lane) <= f32(dims.topK);
        over = select(over, middle, few);
        under = select(middle, under, few);
      }
      low = max(low, min(over, 1.0));
    }
    let key = hash(dims.seed ^ hash(requests[2u * slot] ^ hash(count + 0x9e3779b9u)));
    var top = -3e38;
    var topId = choice;
    for (var i = lane; i < dims.vocab; i += LANES) {
      let scaled = (logits[base + i] - peak) / dims.temperature;
      if (exp(scaled) >= low) {
        let uniformDraw = (f32(hash(key ^ hash(i + 1u)) >> 8u) + 0.5) / 16777216.0;
        let value = scaled - log(-log(uniformDraw));
        if (value > top) { top = value; topId = i; }
      }
    }
    choice = highest(top, topId, lane);
  }
  if (lane == 0u && live[slot] != 0xffffffffu) {
    var stop = false;
    for (var i = 0u; i < dims.stops; i++) { stop = stop || choice == stopIds[i]; }
    if (stop) {
      written[row + 1u] = 1u;
      live[slot] = 0xffffffffu;
    } else {
      written[row + 2u + count] = choice;
      written[row] = count + 1u;
      tokens[slot] = choice;
      positions[slot] += 1u;
      if (count + 1u >= requests[2u * slot + 1u]) {
        written[row + 1u] = 2u;
        live[slot] = 0xffffffffu;
      }
    }
  }
}
