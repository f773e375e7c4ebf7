import TestSupport
import Testing

@testable import Analysis

/// Columns that no slices are made of.
@Suite(.tags(.hand)) struct SliceColumnTests {
  @Test func aColumnThatSaysTheGenreIsNoColumnOfSlices() {
    let labels = ["Folk", "Rock", "Folk", "Rock"]
    #expect(SliceColumns.saysGenre(["f", "r", "f", "r"], labels))
    #expect(SliceColumns.saysGenre(["17", nil, "17", "12"], labels))
    // Two values of one genre, one value of two genres, and one value only.
    #expect(!SliceColumns.saysGenre(["f", "r", "g", "r"], labels))
    #expect(!SliceColumns.saysGenre(["f", "f", "f", "r"], labels))
    #expect(!SliceColumns.saysGenre(["f", nil, "f", nil], labels))
    #expect(!SliceColumns.saysGenre([nil, nil, nil, nil], labels))
  }
}
