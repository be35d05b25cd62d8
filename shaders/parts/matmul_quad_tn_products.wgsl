// What a lane has of A by vectors of B, its own or another lane's, into the S-th quarter of its sums.
    for (var u = 0u; u < MI / 4u; u++) { // unroll
      for (var q = 0u; q < 4u; q++) { // unroll
        for (var v = 0u; v < NJ / 4u; v++) { // unroll
          for (var e = 0u; e < 4u; e++) { // unroll
            acc[S * MI * NJ + (u * 4u + q) * NJ + v * 4u + e] += ra[u * 4u][q] * rs[v * 4u][e] + ra[u * 4u + 1u][q] * rs[v * 4u + 1u][e]
              + ra[u * 4u + 2u][q] * rs[v * 4u + 2u][e] + ra[u * 4u + 3u][q] * rs[v * 4u + 3u][e]
              + ra[MI + u * 4u][q] * rs[NJ + v * 4u][e] + ra[MI + u * 4u + 1u][q] * rs[NJ + v * 4u + 1u][e] // when PAIR
              + ra[MI + u * 4u + 2u][q] * rs[NJ + v * 4u + 2u][e] + ra[MI + u * 4u + 3u][q] * rs[NJ + v * 4u + 3u][e] // when PAIR
            ;
          }
        }
      }
    }
