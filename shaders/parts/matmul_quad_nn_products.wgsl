// What a lane has of A by vectors of B, its own or another lane's, into the S-th quarter of its sums.
    for (var i = 0u; i < MI; i++) { // unroll
      for (var v = 0u; v < NJ / 4u; v++) { // unroll
        for (var e = 0u; e < 4u; e++) { // unroll
          acc[S * MI * NJ + i * NJ + v * 4u + e] += ra[i].x * rs[v * 4u][e] + ra[i].y * rs[v * 4u + 1u][e]
            + ra[i].z * rs[v * 4u + 2u][e] + ra[i].w * rs[v * 4u + 3u][e]
            + ra[MI + i].x * rs[NJ + v * 4u][e] + ra[MI + i].y * rs[NJ + v * 4u + 1u][e] // when PAIR
            + ra[MI + i].z * rs[NJ + v * 4u + 2u][e] + ra[MI + i].w * rs[NJ + v * 4u + 3u][e] // when PAIR
          ;
        }
      }
    }
