// The inner loops of matrix products for one kind of processor; product.c includes this file once for each.
//
// Before it are defined: NAME(of), TARGET, VECTOR, LANES, TILE_ROWS, TILE_VECTORS, BROADCAST(a), and
// MULTIPLY_ADD(a, b, sum) of vectors and of floats.

/// `c[i][j] += sum over k of a[k][i] b[k][j]` for a whole tile of packed operands.
TARGET static void NAME(tile)(const float *a, const float *b, ptrdiff_t depth, float *c, ptrdiff_t pitch) {
  VECTOR sums[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int i = 0; i < TILE_ROWS; i++) {
    UNROLL for (int j = 0; j < TILE_VECTORS; j++)
      __builtin_memcpy(&sums[i][j], c + i * pitch + LANES * j, sizeof(VECTOR));
  }
  for (ptrdiff_t k = 0; k < depth; k++, a += TILE_ROWS, b += LANES * TILE_VECTORS) {
    VECTOR row[TILE_VECTORS];
    __builtin_memcpy(row, b, sizeof row);
    UNROLL for (int i = 0; i < TILE_ROWS; i++) {
      VECTOR factor = BROADCAST(a[i]);
      UNROLL for (int j = 0; j < TILE_VECTORS; j++) sums[i][j] = MULTIPLY_ADD(factor, row[j], sums[i][j]);
    }
  }
  UNROLL for (int i = 0; i < TILE_ROWS; i++) {
    UNROLL for (int j = 0; j < TILE_VECTORS; j++)
      __builtin_memcpy(c + i * pitch + LANES * j, &sums[i][j], sizeof(VECTOR));
  }
}

/// The product of two rows, in sums that do not wait for each other.
TARGET static float NAME(dot)(const float *a, const float *b, ptrdiff_t count) {
  VECTOR sums[row_sums] = {};
  ptrdiff_t i = 0;
  for (; i + LANES * row_sums <= count; i += LANES * row_sums) {
    UNROLL for (int k = 0; k < row_sums; k++) {
      VECTOR x, y;
      __builtin_memcpy(&x, a + i + LANES * k, sizeof x);
      __builtin_memcpy(&y, b + i + LANES * k, sizeof y);
      sums[k] = MULTIPLY_ADD(x, y, sums[k]);
    }
  }
  VECTOR both = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float total = 0;
  for (int lane = 0; lane < LANES; lane++) total += both[lane];
  for (; i < count; i++) total = MULTIPLY_ADD(a[i], b[i], total);
  return total;
}

/// `y[j] = sum over k of x[k] b[k][j]` for `columns` columns, without the rows where x is zero.
TARGET static void NAME(rows)(
  const float *x, const float *b, ptrdiff_t pitch, ptrdiff_t depth, ptrdiff_t columns, float *y
) {
  ptrdiff_t j = 0;
  for (; j + LANES * row_sums <= columns; j += LANES * row_sums) {
    VECTOR sums[row_sums] = {};
    for (ptrdiff_t k = 0; k < depth; k++) {
      if (x[k] == 0) continue;
      VECTOR factor = BROADCAST(x[k]);
      UNROLL for (int s = 0; s < row_sums; s++) {
        VECTOR row;
        __builtin_memcpy(&row, b + k * pitch + j + LANES * s, sizeof row);
        sums[s] = MULTIPLY_ADD(factor, row, sums[s]);
      }
    }
    __builtin_memcpy(y + j, sums, sizeof sums);
  }
  for (; j < columns; j++) {
    float sum = 0;
    for (ptrdiff_t k = 0; k < depth; k++) {
      if (x[k] != 0) sum = MULTIPLY_ADD(x[k], b[k * pitch + j], sum);
    }
    y[j] = sum;
  }
}

#undef NAME
#undef TARGET
#undef VECTOR
#undef LANES
#undef TILE_ROWS
#undef TILE_VECTORS
#undef BROADCAST
#undef MULTIPLY_ADD
