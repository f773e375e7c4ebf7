import Analysis
import Foundation

/// How the page gets its pictures: inside itself, or from files beside it.
struct PagePictures: Sendable {
  /// A picture as the page shows it.
  struct Entry: Sendable {
    /// `data:` or relative address.
    let address: String
    /// Size in points, where the file tells it.
    let size: (width: Int, height: Int)?
    /// Name of the one copy in the page that all places show; nil when the address stands in each place.
    let sharedName: String?
  }

  private(set) var entries: [String: Entry] = [:]
  /// Keys of the pictures kept once in the page, in order.
  private(set) var shared: [String] = []
  /// Files to write beside the page, by relative path.
  private(set) var files: [(path: String, bytes: [UInt8])] = []

  /// `used` are the keys in the order of the page, with repeats.
  ///
  /// Pictures of more than `limitBytes` together go to files in `pictures/`. Throws when a key has no picture.
  init(used: [String], pictures: [String: [UInt8]], limitBytes: Int) throws(ReportError) {
    var counts: [String: Int] = [:]
    var order: [String] = []
    var total = 0
    for key in used {
      guard let bytes = pictures[key] else {
        throw ReportError(.missingPicture, "the page asks for picture “\(key)”, which was not handed over")
      }
      if counts[key] == nil {
        order.append(key)
        total += (bytes.count + 2) / 3 * 4
      }
      counts[key, default: 0] += 1
    }
    for (number, key) in order.enumerated() {
      let bytes = pictures[key] ?? []
      let size = Self.pngSize(bytes)
      if total > limitBytes {
        let path = "pictures/\(String(format: "%04d", number + 1))-\(Self.fileName(key)).png"
        files.append((path, bytes))
        entries[key] = Entry(address: relativeAddress(path), size: size, sharedName: nil)
      } else {
        let isShared = size != nil && counts[key, default: 0] > 1
        entries[key] = Entry(
          address: "data:image/png;base64," + Data(bytes).base64EncodedString(), size: size,
          sharedName: isShared ? "picture-\(number + 1)" : nil)
        if isShared { shared.append(key) }
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

  /// The picture in its place.
  func image(_ picture: AnalysisResult.Picture) -> HTML {
    guard let entry = entries[picture.key] else { return .empty }
    if let name = entry.sharedName, let size = entry.size {
      return .element(
        "svg",
        [
          "class": "picture", "viewBox": "0 0 \(size.width) \(size.height)", "role": "img",
          "aria-label": picture.caption,
        ],
        [.element("use", ["href": "#\(name)"])])
    }
    guard let size = entry.size else {
      return .void("img", ["class": "picture", "src": entry.address, "alt": picture.caption])
    }
    return .void(
      "img",
      [
        "class": "picture", "src": entry.address, "alt": picture.caption, "width": String(size.width),
        "height": String(size.height), "loading": files.isEmpty ? "eager" : "lazy",
      ])
  }

  /// The one copy of each picture that the page shows more than once.
  var definitions: HTML {
    guard !shared.isEmpty else { return .empty }
    let images = shared.compactMap { key -> HTML? in
      guard let entry = entries[key], let name = entry.sharedName, let size = entry.size else { return nil }
      return .element(
        "image",
        ["id": name, "href": entry.address, "width": String(size.width), "height": String(size.height)])
    }
    return .element(
      "svg", ["class": "definitions", "width": "0", "height": "0", "aria-hidden": "true"],
      [.element("defs", [:], images)])
  }
}
