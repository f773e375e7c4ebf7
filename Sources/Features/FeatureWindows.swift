import Audio
import Files

/// Which windows of a track are converted to maps.
public enum FeatureWindows: Sendable, Equatable {
  /// The first one.
  case first
  /// Consecutive windows through the whole track; the remainder at its end is kept, padded, if it is at least half a window, or
  /// the only one.
  case all
  /// The one that starts at this second of the file.
  case at(Double)
  /// As ``all``, but each starts this many seconds after the previous one. The remainder at the end is kept, padded, if at least
  /// half a window of it was in no earlier window, or if it is the only one.
  case every(Double)
  /// At most this many of the windows of ``all``, or of ``every(_:)`` with a hop: of n > `most`, those numbered
  /// `i (n - 1) / (most - 1)`, rounded, from the first to the last; if `most` is 1, the middle one. The sound is decoded twice,
  /// because the number of windows is known only at its end.
  case spread(most: Int, hopSeconds: Double? = nil)
}

extension FeatureWindows {
  /// Whether it is one window.
  var isSingle: Bool {
    switch self {
    case .first, .at: true
    case .all, .every, .spread: false
    }
  }

  /// The numbers, from 0, of `most` windows of `count`, evenly spread; all of fewer. See ``spread(most:hopSeconds:)``.
  static func numbers(_ most: Int, of count: Int) -> [Int] {
    guard most < count else { return Array(0..<count) }
    guard most > 1 else { return [(count - 1) / 2] }
    return (0..<most).map { (2 * $0 * (count - 1) + most - 1) / (2 * (most - 1)) }
  }

  /// For people: `all`, `first`, `every 1.5 s`, `at most 10`, `at most 10, one every 1.5 s`.
  public var words: String {
    switch self {
    case .first: "first"
    case .all: "all"
    case .at(let seconds): "at \(seconds) s"
    case .every(let seconds): "every \(seconds) s"
    case .spread(let most, let hop): "at most \(most)" + (hop.map { ", one every \($0) s" } ?? "")
    }
  }

  /// Reads ``words``; nil for anything else.
  public init?(words: String) {
    func number<Value: LosslessStringConvertible>(after prefix: String, until suffix: String) -> Value? {
      guard words.hasPrefix(prefix), words.hasSuffix(suffix), words.count > prefix.count + suffix.count
      else { return nil }
      return Value(String(words.dropFirst(prefix.count).dropLast(suffix.count)))
    }
    let found: FeatureWindows?
    if words == "first" || words == "all" {
      found = words == "first" ? .first : .all
    } else if let seconds: Double = number(after: "at ", until: " s") {
      found = .at(seconds)
    } else if let seconds: Double = number(after: "every ", until: " s") {
      found = .every(seconds)
    } else if let most: Int = number(after: "at most ", until: "") {
      found = .spread(most: most)
    } else {
      let parts = words.split(separator: ", one every ")
      let most = parts.first.flatMap { Int($0.dropFirst("at most ".count)) }
      let hop = parts.last.flatMap { Double($0.dropLast(" s".count)) }
      found = most.flatMap { most in hop.map { .spread(most: most, hopSeconds: $0) } }
    }
    // What another spelling says is not what was written.
    guard let found, found.words == words else { return nil }
    self = found
  }
}
