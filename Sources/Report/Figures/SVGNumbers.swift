/// The numbers by which Cairo calls surfaces and images in an SVG.
///
/// They count all surfaces of the process, so that the same picture would get other bytes each time.
enum SVGNumbers {
  private static let marks = ["id=\"surface", "id=\"image", "href=\"#image"].map { Array($0.utf8) }

  /// The same picture with its surfaces and images numbered as they come in it.
  static func renumbered(_ bytes: [UInt8]) -> [UInt8] {
    var (result, numbers) = ([UInt8](), [ArraySlice<UInt8>: Int]())
    result.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      let rest = bytes[position...]
      guard rest.first == UInt8(ascii: "i") || rest.first == UInt8(ascii: "h"),
        let mark = marks.first(where: { rest.starts(with: $0) })
      else {
        result.append(bytes[position])
        position += 1
        continue
      }
      let digits = rest.dropFirst(mark.count).prefix { (0x30...0x39).contains($0) }
      result += mark
      position += mark.count + digits.count
      guard !digits.isEmpty else { continue }
      let number = numbers[digits] ?? numbers.count
      numbers[digits] = number
      result += Array("\(number)".utf8)
    }
    return result
  }
}
