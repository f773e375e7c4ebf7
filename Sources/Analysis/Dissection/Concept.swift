/// Something that a channel may respond to, with a name.
public struct Concept: Sendable, Codable, Hashable {
  /// What it is a part of.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// A label of the data set: the whole clip or picture.
    case label
    /// Cells of some mel bands where these are louder than usual; or, where there are no rows of bands, such frames.
    case band
    /// Cells of some MFCC rows that are higher or lower than usual. These are no frequencies.
    case coefficients
    /// Frames that are louder or quieter than usual, or in which the sound sets in.
    case time
    /// Pixels of one colour.
    case color
    /// Pixels that a mask of the user's marks.
    case mask
  }

  public let name: String
  public let kind: Kind

  public init(_ name: String, _ kind: Kind) { (self.name, self.kind) = (name, kind) }
}

/// Where concepts are in one input.
package struct ConceptMap: Sendable {
  /// Concepts of which a place has at most one.
  package struct Plane: Sendable {
    /// The index of the first of them.
    package var first: Int
    /// For each place 0 for none, or 1 more than its number among them.
    package var codes: [UInt8]

    package init(first: Int, codes: [UInt8]) { (self.first, self.codes) = (first, codes) }
  }

  /// Those of the whole input.
  package var whole: [Int]
  /// Those of whole columns, a code for each.
  package var frames: [Plane]
  /// Those of cells, a code for each, row by row.
  package var cells: [Plane]

  package init(whole: [Int], frames: [Plane] = [], cells: [Plane] = []) {
    (self.whole, self.frames, self.cells) = (whole, frames, cells)
  }

  /// Adds the cells of each concept to `areas`.
  package func addAreas(to areas: inout [Int], rows: Int, columns: Int) {
    for concept in whole { areas[concept] += rows * columns }
    for plane in frames {
      for code in plane.codes where code > 0 { areas[plane.first + Int(code) - 1] += rows }
    }
    for plane in cells { for code in plane.codes where code > 0 { areas[plane.first + Int(code) - 1] += 1 } }
  }
}

/// Where one channel is at or above its threshold in one input, at the input's resolution.
package struct ChannelRegion: Sendable {
  /// Places of the cells, row by row.
  package private(set) var cells: [Int32] = []
  /// Columns with such cells, and how many there are.
  package private(set) var columns: [(column: Int32, count: Int32)] = []

  package init() {}

  /// - Parameter map: `[rows, columns]` at the input's resolution.
  package init(of map: Span<Float>, columns width: Int, threshold: Float) {
    var counts = [Int32](repeating: 0, count: width)
    for index in map.indices where map[index] >= threshold {
      cells.append(Int32(index))
      counts[index % width] += 1
    }
    columns = counts.indices.filter { counts[$0] > 0 }.map { (Int32($0), counts[$0]) }
  }

  /// Adds the number of cells that each concept shares with the region.
  package func addShared(with concepts: ConceptMap, to shared: inout [Int32]) {
    guard !cells.isEmpty else { return }
    for concept in concepts.whole { shared[concept] += Int32(cells.count) }
    for plane in concepts.frames {
      for (column, count) in columns {
        let code = Int(plane.codes[Int(column)])
        if code > 0 { shared[plane.first + code - 1] += count }
      }
    }
    for plane in concepts.cells {
      for cell in cells {
        let code = Int(plane.codes[Int(cell)])
        if code > 0 { shared[plane.first + code - 1] += 1 }
      }
    }
  }
}
