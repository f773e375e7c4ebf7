import Files
public import Images

/// An object that somebody has marked in a picture.
public struct PictureObject: Sendable, Hashable {
  public enum Outline: Sendable, Hashable {
    /// In pixels of the upright picture.
    case box(PictureRegion)
    /// Cells of the upright picture, row by row: true inside.
    case mask([Bool], PictureSpec.Size)
  }

  /// What the file calls it: the number of a YOLO class, `16`, or a mask's colour, `#ff0000`.
  public let name: String
  public let outline: Outline

  public init(name: String, outline: Outline) { (self.name, self.outline) = (name, outline) }

  /// The cells of a network's input `[H, W]` whose middle is in the object, row by row; what a crop cuts off is not among them.
  /// Cost: one for each cell.
  public func cells(of placement: PicturePlacement) -> [Bool] {
    let (height, width) = (placement.input.height, placement.input.width)
    var cells: [Bool] = []
    cells.reserveCapacity(height * width)
    for row in 0..<height {
      for column in 0..<width {
        let (y, x) = placement.center(row: row, column: column)
        cells.append(contains(y: y, x: x))
      }
    }
    return cells
  }

  private func contains(y: Double, x: Double) -> Bool {
    switch outline {
    case .box(let box):
      return box.top <= y && y < box.bottom && box.left <= x && x < box.right
    case .mask(let inside, let size):
      let (row, column) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
      guard (0..<size.height).contains(row), (0..<size.width).contains(column) else { return false }
      return inside[row * size.width + column]
    }
  }
}

extension PictureObject {
  private static let (maximumBytes, maximumCount, maximumColors) = (1 << 20, 10_000, 64)
  /// How far a box may stick out of the picture, in shares of a side: its corners were rounded.
  private static let rounding = 0.001

  /// Reads the boxes of a YOLO text file: on each line `class cx cy width height`, the last four in shares of the upright picture's
  /// sides. An empty file says that there are none.
  ///
  /// Throws ``CodedError`` `damaged` with the line for anything else: another number of fields, what is no number, a box of no size
  /// or one outside the picture.
  static func boxes(path: String, of size: PictureSpec.Size) throws(CodedError) -> [PictureObject] {
    let bytes: [UInt8]
    do { bytes = try FileSystem.contents(path, limit: maximumBytes) } catch {
      throw CodedError(reading: error, path: path)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CodedError(.damaged, "no text file of boxes: it is not UTF-8", path: path)
    }
    var objects: [PictureObject] = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in lines.enumerated() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard !fields.isEmpty else { continue }
      func wrong(_ words: String) -> CodedError {
        CodedError(.damaged, words, path: path, line: number + 1)
      }
      guard fields.count == 5 else {
        throw wrong("\(fields.count.counted("field")), not \"class cx cy width height\"")
      }
      guard let kind = Int(fields[0]), kind >= 0 else {
        throw wrong("the class \"\(String(fields[0].prefix(40)))\" is no number from 0")
      }
      let numbers = fields.dropFirst().compactMap { Double($0) }.filter(\.isFinite)
      guard numbers.count == 4 else { throw wrong("a box needs four numbers") }
      let (x, y, width, height) = (numbers[0], numbers[1], numbers[2], numbers[3])
      let edges = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
      guard width > 0, height > 0 else { throw wrong("a box of no size") }
      guard edges.allSatisfy({ (-rounding...1 + rounding).contains($0) }) else {
        throw wrong("the box is outside of the picture: shares of its sides are 0 to 1")
      }
      guard objects.count < maximumCount else { throw wrong("more than \(maximumCount) boxes") }
      let (rows, columns) = (Double(size.height), Double(size.width))
      objects.append(
        PictureObject(
          name: "\(kind)",
          outline: .box(
            PictureRegion(
              top: edges[1] * rows, left: edges[0] * columns, bottom: edges[3] * rows,
              right: edges[2] * columns))))
    }
    return objects
  }

  /// Reads a mask: a picture of the same size, black outside of the objects, each with a colour of its own.
  ///
  /// Throws ``CodedError`` `damaged` for one of another size, or with more colours than a mask has.
  static func masks(path: String, of size: PictureSpec.Size) throws(CodedError) -> [PictureObject] {
    let picture = try Picture(path: path)
    guard picture.height == size.height, picture.width == size.width else {
      throw CodedError(
        .damaged,
        "a mask of \(picture.width) x \(picture.height) pixels for a picture of \(size.width) x \(size.height) (upright)",
        path: path)
    }
    var found: [Int: [Bool]] = [:]
    let pixels = picture.pixels
    for cell in 0..<size.height * size.width {
      let color = Int(pixels[3 * cell]) << 16 | Int(pixels[3 * cell + 1]) << 8 | Int(pixels[3 * cell + 2])
      guard color > 0 else { continue }
      if found[color] == nil {
        guard found.count < maximumColors else {
          throw CodedError(
            .damaged,
            "no mask: more than \(maximumColors) colours (JPEG blurs a mask's edges: save it as PNG)",
            path: path)
        }
        found[color] = [Bool](repeating: false, count: size.height * size.width)
      }
      found[color]?[cell] = true
    }
    return found.sorted { $0.key < $1.key }.map { color, inside in
      let digits = String(color, radix: 16)
      return PictureObject(
        name: "#" + String(repeating: "0", count: 6 - digits.count) + digits, outline: .mask(inside, size))
    }
  }
}
