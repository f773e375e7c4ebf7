import Foundation

/// A path with wildcards, as shells have them: `*` and `?` for any and one character of a name, `[a-z]` and `[!a-z]` for one of a set,
/// `**` for any number of folders; a backslash takes away the meaning of what follows.
///
/// Hidden names match only where the pattern's own begins with a dot, and `**` follows no links.
package struct PathPattern {
  private enum Token {
    case anything
    case one
    case scalar(Unicode.Scalar)
    case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

    func takes(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .anything, .one: true
      case .scalar(let own): own == scalar
      case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
      }
    }
  }

  private let pattern: String

  package init(_ pattern: String) { self.pattern = pattern }

  /// Whether there is a wildcard in a text.
  package static func isPattern(_ text: String) -> Bool {
    text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
  }

  /// What there is under such names, in the order of the names' bytes, a folder's own names before those below it.
  package func matches() -> [String] {
    var found: [String] = []
    expand(isAbsolute(pattern) ? "/" : "", pathParts(pattern)[...], &found)
    var seen: Set<Spelling> = []
    return found.filter { seen.insert(Spelling($0)).inserted }
  }

  private func expand(_ base: String, _ parts: ArraySlice<String>, _ found: inout [String]) {
    guard let part = parts.first else { return }
    let rest = parts.dropFirst()
    if part == "**" {
      if rest.isEmpty { found += names(in: base, Self.tokens("*"), showsHidden: false) }
      expand(base, rest, &found)
      for path in names(in: base, Self.tokens("*"), showsHidden: false) where Self.isOwnFolder(path) {
        expand(path, parts, &found)
      }
      return
    }
    let tokens = Self.tokens(part)
    let paths: [String]
    if let name = Self.plainName(tokens) {
      let path = join(base, name)
      paths = FileSystem.linkStatus(path) == nil ? [] : [path]
    } else {
      paths = names(in: base, tokens, showsHidden: part.utf8.first == UInt8(ascii: "."))
    }
    if rest.isEmpty {
      found += paths
    } else {
      for path in paths where FileSystem.isFolder(path) { expand(path, rest, &found) }
    }
  }

  private func names(in folder: String, _ tokens: [Token], showsHidden: Bool) -> [String] {
    ((try? FileSystem.names(in: folder)) ?? []).filter { name in
      (showsHidden || name.utf8.first != UInt8(ascii: ".")) && Self.match(tokens, name)
    }.map { join(folder, $0) }
  }

  private static func isOwnFolder(_ path: String) -> Bool {
    FileSystem.linkStatus(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// The name that a part without wildcards stands for.
  private static func plainName(_ tokens: [Token]) -> String? {
    var name = String.UnicodeScalarView()
    for token in tokens {
      guard case .scalar(let scalar) = token else { return nil }
      name.append(scalar)
    }
    return String(name)
  }

  private static func tokens(_ part: String) -> [Token] {
    let scalars = Array(part.unicodeScalars)
    var (tokens, place): ([Token], Int) = ([], 0)
    while place < scalars.count {
      switch scalars[place] {
      case "*": tokens.append(.anything)
      case "?": tokens.append(.one)
      case "\\" where place + 1 < scalars.count:
        place += 1
        tokens.append(.scalar(scalars[place]))
      case "[":
        if let (token, end) = set(scalars, from: place) {
          tokens.append(token)
          place = end
        } else {
          tokens.append(.scalar("["))
        }
      default: tokens.append(.scalar(scalars[place]))
      }
      place += 1
    }
    return tokens
  }

  /// The set whose bracket opens at a position, and where it closes; nil if it does not.
  private static func set(_ scalars: [Unicode.Scalar], from open: Int) -> (Token, Int)? {
    var place = open + 1
    let isNegated = place < scalars.count && (scalars[place] == "!" || scalars[place] == "^")
    if isNegated { place += 1 }
    let start = place
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    while place < scalars.count, scalars[place] != "]" || place == start {
      let first = scalars[place]
      if place + 2 < scalars.count, scalars[place + 1] == "-", scalars[place + 2] != "]" {
        if first <= scalars[place + 2] { ranges.append(first...scalars[place + 2]) }
        place += 3
      } else {
        ranges.append(first...first)
        place += 1
      }
    }
    return place < scalars.count ? (.set(ranges, isNegated: isNegated), place) : nil
  }

  /// Whether a name is one of the pattern's. Cost: the product of both lengths at most.
  private static func match(_ tokens: [Token], _ name: String) -> Bool {
    let scalars = Array(name.unicodeScalars)
    var (token, place) = (0, 0)
    // Where to continue when what follows the last star did not match there.
    var star: (token: Int, place: Int)?
    while place < scalars.count {
      if token < tokens.count, case .anything = tokens[token] {
        star = (token, place)
        token += 1
      } else if token < tokens.count, tokens[token].takes(scalars[place]) {
        (token, place) = (token + 1, place + 1)
      } else if let last = star {
        star = (last.token, last.place + 1)
        (token, place) = (last.token + 1, last.place + 1)
      } else {
        return false
      }
    }
    return tokens[token...].allSatisfy { if case .anything = $0 { true } else { false } }
  }
}
