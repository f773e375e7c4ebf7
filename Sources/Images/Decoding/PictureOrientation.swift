/// How stored pixels are turned and mirrored to be upright: the EXIF tag 0x0112.
enum PictureOrientation: UInt16 {
  case upright = 1
  case mirrored, upsideDown, mirroredUpsideDown, transposed, turnedLeft, transverse, turnedRight

  /// What EXIF data say (a TIFF header and its first directory); upright where they say nothing that makes sense.
  init(exif: [UInt8]) {
    self = Self.tag(exif).flatMap(Self.init(rawValue:)) ?? .upright
  }

  private static func tag(_ exif: [UInt8]) -> UInt16? {
    let isLittle: Bool
    switch exif.prefix(4) {
    case [0x49, 0x49, 0x2A, 0]: isLittle = true
    case [0x4D, 0x4D, 0, 0x2A]: isLittle = false
    default: return nil
    }
    func number(at offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset <= exif.count - count else { return nil }
      let bytes = exif[offset..<offset + count]
      return (isLittle ? Array(bytes.reversed()) : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(at: 4, 4), let entries = number(at: directory, 2) else { return nil }
    for entry in 0..<entries {
      let start = directory + 2 + 12 * entry
      guard let tag = number(at: start, 2) else { return nil }
      // One value of 16 bits.
      if tag == 0x0112, number(at: start + 2, 2) == 3, number(at: start + 4, 4) == 1 {
        return number(at: start + 8, 2).map(UInt16.init)
      }
    }
    return nil
  }

  /// The upright pixels, with their height and width. Cost: one pass, none for an upright picture.
  func applied(
    to pixels: [UInt8], height: Int, width: Int
  ) -> (pixels: [UInt8], height: Int, width: Int) {
    if self == .upright { return (pixels, height, width) }
    let isTransposed = rawValue >= Self.transposed.rawValue
    let (newHeight, newWidth) = isTransposed ? (width, height) : (height, width)
    // Where the first pixel comes from, and the steps to the next column and the next row.
    let (lastRow, lastColumn) = ((height - 1) * width, width - 1)
    let (start, column, row) =
      switch self {
      case .upright: (0, 1, width)
      case .mirrored: (lastColumn, -1, width)
      case .upsideDown: (lastRow + lastColumn, -1, -width)
      case .mirroredUpsideDown: (lastRow, 1, -width)
      case .transposed: (0, width, 1)
      case .turnedLeft: (lastRow, -width, 1)
      case .transverse: (lastRow + lastColumn, -width, -1)
      case .turnedRight: (lastColumn, width, -1)
      }
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let source = 3 * (start + y * row + x * column)
        result.append(pixels[source])
        result.append(pixels[source + 1])
        result.append(pixels[source + 2])
      }
    }
    return (result, newHeight, newWidth)
  }
}
