import Files
public import Tensors

/// A rectangle in a picture, in pixels from its upper left corner: pixel i covers i to i + 1.
public struct PictureRegion: Sendable, Hashable {
  public var top: Double
  public var left: Double
  public var bottom: Double
  public var right: Double

  public init(top: Double, left: Double, bottom: Double, right: Double) {
    (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
  }

  /// The part within another; nil where there is none.
  public func intersection(_ other: PictureRegion) -> PictureRegion? {
    let common = PictureRegion(
      top: max(top, other.top), left: max(left, other.left), bottom: min(bottom, other.bottom),
      right: min(right, other.right))
    return common.top < common.bottom && common.left < common.right ? common : nil
  }
}

/// Where the cells of a network's input are in the picture that it was made of, to draw a heat map over the picture.
///
/// ```swift
/// let place = PictureSpec.imageNet.placement(of: try Picture(path: path))
/// let overlay = place.overPicture(map)                 // [7, 7] -> [height, width] of the picture
/// print(place.seen)                                    // what the crop left: nothing outside it reached the network
/// ```
///
/// A position p of the input (in cells, from the edge) is at (p + start of the crop) * picture / resized in the picture.
public struct PicturePlacement: Sendable, Hashable {
  /// The picture's size.
  public let picture: PictureSpec.Size
  /// Its size before the crop.
  public let resized: PictureSpec.Size
  /// The input's size.
  public let input: PictureSpec.Size
  /// The input's first row in the resized picture; below 0 where there is padding above it.
  public let top: Int
  /// The input's first column in the resized picture; below 0 where there is padding before it.
  public let left: Int

  private var verticalStep: Double { Double(picture.height) / Double(resized.height) }
  private var horizontalStep: Double { Double(picture.width) / Double(resized.width) }

  /// The part of the picture that the network gets.
  public var seen: PictureRegion {
    let whole = PictureRegion(
      top: 0, left: 0, bottom: Double(picture.height), right: Double(picture.width))
    return inPicture(top: 0, left: 0, bottom: Double(input.height), right: Double(input.width))
      .intersection(whole) ?? whole
  }

  /// What a cell of a map looks at, where `grid` cells cover the whole input; nil where all of it is padding. Traps outside
  /// the grid.
  public func region(row: Int, column: Int, ofGrid grid: (rows: Int, columns: Int)) -> PictureRegion? {
    demand(
      (0..<grid.rows).contains(row) && (0..<grid.columns).contains(column),
      "no cell \(row), \(column) in a grid of \(grid.rows) x \(grid.columns)")
    let height = Double(input.height) / Double(grid.rows)
    let width = Double(input.width) / Double(grid.columns)
    return inPicture(
      top: Double(row) * height, left: Double(column) * width, bottom: Double(row + 1) * height,
      right: Double(column + 1) * width
    ).intersection(seen)
  }

  /// What rows and columns of the input look at; nil where all of it is padding.
  public func region(rows: Range<Int>, columns: Range<Int>) -> PictureRegion? {
    inPicture(
      top: Double(rows.lowerBound), left: Double(columns.lowerBound), bottom: Double(rows.upperBound),
      right: Double(columns.upperBound)
    ).intersection(seen)
  }

  /// A position of the picture as one of the input, in cells from its upper left corner; outside 0 to the input's size for what
  /// the network does not get.
  public func inInput(y: Double, x: Double) -> (y: Double, x: Double) {
    (y / verticalStep - Double(top), x / horizontalStep - Double(left))
  }

  /// The middle of a cell of the input as a position of the picture; outside the picture where the cell is padding.
  public func center(row: Int, column: Int) -> (y: Double, x: Double) {
    (
      (Double(row) + 0.5 + Double(top)) * verticalStep, (Double(column) + 0.5 + Double(left)) * horizontalStep
    )
  }

  /// A map `[h, w]` over the input, drawn over the picture `[height, width]`: bilinear between the cells' centres, the border
  /// repeated, and 0 outside ``seen``. Traps unless the map has rank 2 and is not empty. Cost: 4 for each pixel.
  ///
  /// Of a placement that neither resizes nor crops it is `interpolate(mode="bilinear", align_corners=False)`.
  public func overPicture(_ map: Tensor) -> Tensor {
    demand(map.shape.rank == 2 && map.count > 0, "cannot draw \(map.shape) over a picture")
    return values(
      of: map, ys: (0..<picture.height).map { Double($0) + 0.5 },
      xs: (0..<picture.width).map { Double($0) + 0.5 })
  }

  /// A map `[h, w]` over the input at positions of the picture, `[ys, xs]`: as ``overPicture(_:)`` draws it there. Traps as that does.
  public func values(of map: Tensor, ys: [Double], xs: [Double]) -> Tensor {
    demand(map.shape.rank == 2 && map.count > 0, "no values of \(map.shape) over a picture")
    let rows = taps(
      at: ys, step: verticalStep, start: top, inputCount: input.height, cellCount: map.shape[0])
    let columns = taps(
      at: xs, step: horizontalStep, start: left, inputCount: input.width, cellCount: map.shape[1])
    let (values, width) = (map.values, map.shape[1])
    return Tensor(shape: [ys.count, xs.count]) { result in
      for (y, row) in rows.enumerated() {
        for (x, column) in columns.enumerated() {
          guard let row, let column else {
            result[y * columns.count + x] = 0
            continue
          }
          let upper = column.blend(
            values[row.first * width + column.first], values[row.first * width + column.second])
          let lower = column.blend(
            values[row.second * width + column.first], values[row.second * width + column.second])
          result[y * columns.count + x] = row.blend(upper, lower)
        }
      }
    }
  }

  private func inPicture(top: Double, left: Double, bottom: Double, right: Double) -> PictureRegion {
    PictureRegion(
      top: (top + Double(self.top)) * verticalStep, left: (left + Double(self.left)) * horizontalStep,
      bottom: (bottom + Double(self.top)) * verticalStep, right: (right + Double(self.left)) * horizontalStep)
  }

  /// For each position on an axis the two cells around it; nil where the network does not get it.
  private func taps(
    at places: [Double], step: Double, start: Int, inputCount: Int, cellCount: Int
  ) -> [CellTap?] {
    places.map { place in
      let position = place / step - Double(start)
      guard position >= 0, position < Double(inputCount) else { return nil }
      let cell = max(0, position * Double(cellCount) / Double(inputCount) - 0.5)
      let first = min(Int(cell), cellCount - 1)
      return CellTap(
        first: first, second: min(first + 1, cellCount - 1), share: Float(cell - Double(first)))
    }
  }
}

/// Two neighbouring cells and the share of the second.
private struct CellTap {
  let first: Int
  let second: Int
  let share: Float

  func blend(_ one: Float, _ other: Float) -> Float { one * (1 - share) + other * share }
}
