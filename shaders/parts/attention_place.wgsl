// What a quad works on: BLOCK tokens from t0 on of one head, each lane the width from `part` on. Where `wanted` is past the last head,
// the quad keeps the others company and writes nothing.
  let lane = subgroupLane % 4u;
  let index = group.y * groups.x + group.x;
  let headGroups = (dims.heads + QUADS / SHARES - 1u) / (QUADS / SHARES);
  let t0 = index / headGroups * BLOCK;
  if (t0 >= dims.tokens) { return; }
  let wanted = index % headGroups * (QUADS / SHARES) + local / 4u / SHARES;
  let head = min(wanted, dims.heads - 1u);
  let part = (local / 4u % SHARES * 4u + lane) * PART;
  let place = local / 4u * 4u + lane; // when SHARED
  let first = local / 4u / SHARES * SHARES * 4u + lane; // when SHARED
  var side = 0u; // when SHARED
