// Instances of `outer`, and the choice among them. Included once for each kind of element.
OUTER(1, 16) OUTER(1, 12) OUTER(1, 8) OUTER(1, 6) OUTER(1, 3) OUTER(1, 1)
OUTER(2, 12) OUTER(2, 8) OUTER(2, 6) OUTER(2, 3) OUTER(2, 1)
OUTER(3, 8) OUTER(3, 6) OUTER(3, 3) OUTER(3, 1)
OUTER(4, 6) OUTER(4, 4) OUTER(4, 3) OUTER(4, 1)

static gl_outer choose_outer(int vectors, int elements, int *count) {
  static const struct { int count; gl_outer run; } choices[][7] = {
    {{0}},
    {{16, outer_1_16}, {12, outer_1_12}, {8, outer_1_8}, {6, outer_1_6}, {3, outer_1_3}, {1, outer_1_1}},
    {{12, outer_2_12}, {8, outer_2_8}, {6, outer_2_6}, {3, outer_2_3}, {1, outer_2_1}},
    {{8, outer_3_8}, {6, outer_3_6}, {3, outer_3_3}, {1, outer_3_1}},
    {{6, outer_4_6}, {4, outer_4_4}, {3, outer_4_3}, {1, outer_4_1}},
  };
  gl_outer best = 0;
  int least = 0;
  for (int i = 0; choices[vectors][i].count; i++) {
    int each = choices[vectors][i].count;
    // Multiplications and loads of a pixel; fewer than 8 sums wait for each other.
    int work = (elements + each - 1) / each * (maximum(each * vectors, 8) + vectors);
    if (!best || work < least) { best = choices[vectors][i].run; *count = each; least = work; }
  }
  return best;
}
