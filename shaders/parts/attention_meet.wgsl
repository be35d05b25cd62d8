// Quads that share a head add up their parts of its scores and slopes.
    for (var i = 0u; i < SCORES; i++) { // unroll // when SHARED
      meeting[(side * SCORES + i) * LANES + place] = vec2f(score[i], rise[i]); // when SHARED
    } // when SHARED
    workgroupBarrier(); // when SHARED
    for (var i = 0u; i < SCORES; i++) { // unroll // when SHARED
      var both = vec2f(0.0); // when SHARED
      for (var s = 0u; s < SHARES; s++) { // unroll // when SHARED
        both += meeting[(side * SCORES + i) * LANES + first + 4u * s]; // when SHARED
      } // when SHARED
      score[i] = both.x; // when SHARED
      rise[i] = both.y; // when SHARED
    } // when SHARED
    side = 1u - side; // when SHARED
