// What another lane has loaded of B.
    var rs: array<vec4f, 2u * NJ>; // values
    for (var j = 0u; j < STEP * NJ; j++) { // unroll
      rs[j] = swap(rb[j]);
    }
