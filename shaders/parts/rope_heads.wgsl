// One place of every head of a token, turned by its angle.
  for (var head = 0u; head < dims.heads; head++) {
    let low = (token * dims.heads + head) * dims.half * 2u + i;
    let high = low + dims.half;
    let a = q[low];
    let b = q[high];
    var first = a * c - b * s;
    var second = b * c + a * s;
    first += turnedQ[low]; // when ACCUMULATE
    second += turnedQ[high]; // when ACCUMULATE
    turnedQ[low] = first;
    turnedQ[high] = second;
  }
