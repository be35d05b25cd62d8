// What a lane has of A by vectors of B, its own or another lane's, into the S-th quarter of its sums.
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[S * MI * NJ + i * NJ + j] += ra[i].x * rs[j].x + ra[i].y * rs[j].y + ra[i].z * rs[j].z + ra[i].w * rs[j].w
          + ra[MI + i].x * rs[NJ + j].x + ra[MI + i].y * rs[NJ + j].y + ra[MI + i].z * rs[NJ + j].z + ra[MI + i].w * rs[NJ + j].w // when PAIR
        ;
      }
    }
