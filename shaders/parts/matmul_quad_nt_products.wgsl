// What a lane has of A by vectors of B, its own or another lane's, into the S-th quarter of its sums.
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[S * MI * NJ + i * NJ + j] += dot(ra[i], rs[j])
          + dot(ra[MI + i], rs[NJ + j]) // when PAIR
        ;
      }
    }
