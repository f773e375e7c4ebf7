import Analysis
import Files
import Foundation

/// How the page gets its pictures: inside itself, or from files beside it.
struct PagePictures: Sendable {
  /// A picture as the page shows it.
  struct Entry: Sendable {
    /// `data:` or relative address.
    let address: String
    /// Size in points, where the file tells it.
    let size: (width: Int, height: Int)?
  }

  private(set) var entries: [String: Entry] = [:]
  /// Files to write beside the page, by relative path.
  private(set) var files: [(path: String, bytes: [UInt8])] = []

  /// How long the pictures would be as text in the page. Throws when a key has no picture.
  static func embeddedBytes(_ used: [String], pictures: [String: [UInt8]]) throws(CodedError) -> Int {
    var total = 0
    for key in used {
      guard let bytes = pictures[key] else {
        throw CodedError(.missingPicture, "the page asks for picture “\(key)”, which was not handed over")
      }
      total += (bytes.count + 2) / 3 * 4
    }
    return total
  }

  /// `used` are the keys in the order of the page, with repeats, all of them in `pictures`. Without `embeds` they go to files
  /// in `pictures/`.
  init(used: [String], pictures: [String: [UInt8]], embeds: Bool) throws(CodedError) {
    _ = try Self.embeddedBytes(used, pictures: pictures)
    var seen: Set<String> = []
    for (number, key) in used.filter({ seen.insert($0).inserted }).enumerated() {
      let bytes = pictures[key] ?? []
      let size = Self.pngSize(bytes)
      if embeds {
        let address = "data:image/png;base64," + Data(bytes).base64EncodedString()
        entries[key] = Entry(address: address, size: size)
      } else {
        let path = "pictures/\(String(format: "%04d", number + 1))-\(Self.fileName(key)).png"
        files.append((path, bytes))
        entries[key] = Entry(address: relativeAddress(path), size: size)
      }
    }
  }

  /// Pixels by a PNG's header.
  private static func pngSize(_ bytes: [UInt8]) -> (width: Int, height: Int)? {
    guard bytes.count >= 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return nil }
    let number = { (start: Int) in bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    let (width, height) = (number(16), number(20))
    return width > 0 && height > 0 ? (width, height) : nil
  }

  /// At most 40 harmless characters of a key.
  private static func fileName(_ key: String) -> String {
    let kept = key.unicodeScalars.prefix(40).map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        ? scalar : "-"
    }
    return String(String.UnicodeScalarView(kept))
  }

  /// The picture as a value of the style property `background-image`; it has no character that means something there.
  func background(_ picture: AnalysisResult.Picture) -> String {
    entries[picture.key].map { "url(\($0.address))" } ?? "none"
  }

  /// Lines of a picture, where its file tells.
  func height(_ picture: AnalysisResult.Picture) -> Int? { entries[picture.key]?.size?.height }

  /// The picture in its place.
  func image(_ picture: AnalysisResult.Picture) -> HTML {
    guard let entry = entries[picture.key] else { return .empty }
    guard let size = entry.size else {
      return .void("img", ["class": "picture", "src": entry.address, "alt": picture.caption])
    }
    return .void(
      "img",
      [
        "class": "picture", "src": entry.address, "alt": picture.caption, "width": String(size.width),
        "height": String(size.height), "loading": files.isEmpty ? "eager" : "lazy", "decoding": "async",
      ])
  }
}
