import Files
import Foundation

/// Genres chosen by name.
enum GenreChoice {
  /// The labels that are meant by `names`, each a genre or several with commas between them.
  ///
  /// Where each of the names is a label by itself, each is taken whole. Else they are one list: labels
  /// may hold commas themselves (`Folk, World, & Country`), and of what stands between commas, the longest run that
  /// is a label is taken. Spaces around commas do not matter, nor does case where only one label fits without it.
  /// Throws, with the labels there are and their counts, when one is not there or none is named.
  static func labels(
    named names: [String], among counts: [String: Int], of clips: String = "clip of genre", path: String
  ) throws(CodedError) -> Set<String> {
    let exact = Dictionary(counts.keys.map { (parts($0), $0) }, uniquingKeysWith: { first, _ in first })
    let folded = Dictionary(grouping: counts.keys) { parts($0).map { $0.lowercased() } }
    func label(_ run: ArraySlice<String>) -> String? {
      if let label = exact[Array(run)] { return label }
      let fitting = folded[run.map { $0.lowercased() }] ?? []
      return fitting.count == 1 ? fitting[0] : nil
    }
    // Names that are genres one by one are these, also where their sequence is another one's name.
    let single = names.map { label(parts($0)[...]) }
    if !names.isEmpty, single.allSatisfy({ $0 != nil }) { return Set(single.compactMap(\.self)) }
    let wanted = names.flatMap(parts).filter { !$0.isEmpty }
    guard !wanted.isEmpty else {
      throw CodedError(.unknownLabel, "no genre is named; there are \(known(counts))", path: path)
    }
    var found: Set<String> = []
    var start = 0
    while start < wanted.count {
      let match = (start + 1...wanted.count).reversed().lazy.compactMap { end in
        label(wanted[start..<end]).map { (label: $0, end: end) }
      }.first
      guard let match else {
        throw CodedError(
          .unknownLabel, "no \(clips) '\(wanted[start])'; there are \(known(counts))", path: path)
      }
      found.insert(match.label)
      start = match.end
    }
    return found
  }

  private static func parts(_ name: String) -> [String] {
    // By bytes: a comma with an accent after it is a comma.
    name.utf8.split(separator: UInt8(ascii: ",")).map {
      Substring($0).trimmingCharacters(in: .whitespaces)
    }.filter { !$0.isEmpty }
  }

  private static func known(_ counts: [String: Int]) -> String {
    listed(counts.keys.sorted().map { "\($0) (\(counts[$0] ?? 0))" })
  }
}
