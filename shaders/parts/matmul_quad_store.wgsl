// Every lane has its rows of C, by its own columns of the tile and by those of the three others.
  if (linear >= dims.tiles) { return; }
  let columns = dims.n / 4u;
  for (var s = 0u; s < 4u; s++) { // unroll
    for (var i = 0u; i < MI; i++) { // unroll
      for (var v = 0u; v < NJ / 4u; v++) { // unroll
        let row = m0 + i;
        let column = (n0 + (lane ^ s) * NJ) / 4u + v;
        if (row < dims.m && column < columns) {
          let at = row * columns + column;
          put(at, column, vec4f(acc[s * MI * NJ + i * NJ + v * 4u], acc[s * MI * NJ + i * NJ + v * 4u + 1u], acc[s * MI * NJ + i * NJ + v * 4u + 2u], acc[s * MI * NJ + i * NJ + v * 4u + 3u]));
        }
      }
    }
  }
