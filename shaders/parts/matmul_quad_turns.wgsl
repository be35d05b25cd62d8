// A lane's rows by its own columns of B, then by those of each other lane of the quad, which a swap brings.
    // include products with rs = rb, S = 0u
    // include matmul_quad_swap with rs = rs1, swap = quadSwapX
    // include products with rs = rs1, S = 1u
    // include matmul_quad_swap with rs = rs2, swap = quadSwapY
    // include products with rs = rs2, S = 2u
    // include matmul_quad_swap with rs = rs3, swap = quadSwapDiagonal
    // include products with rs = rs3, S = 3u
