import Files

/// Which predictions of two sets are about the same track.
struct TrackMatching {
  typealias Pair = (a: Prediction, b: Prediction)

  /// By path of A.
  let pairs: [Pair]
  let onlyInA: [Prediction]
  let onlyInB: [Prediction]
  /// Paths that one set has more than once: none of their predictions is used.
  let ambiguousPaths: [String]

  /// What is drawn together: the group that one of them names, else the track.
  static func cluster(_ pair: Pair) -> String {
    pair.a.group == nil && pair.b.group != nil ? pair.b.cluster : pair.a.cluster
  }

  init(_ a: [Prediction], _ b: [Prediction]) {
    let (byPathA, byPathB) = (
      Dictionary(grouping: a) { Spelling($0.path) }, Dictionary(grouping: b) { Spelling($0.path) }
    )
    let ambiguous = Set(byPathA.filter { $0.value.count > 1 }.keys)
      .union(byPathB.filter { $0.value.count > 1 }.keys)
    var (pairs, restA): ([Pair], [Prediction]) = ([], [])
    for (path, own) in byPathA where !ambiguous.contains(path) {
      if let other = byPathB[path] { pairs.append((own[0], other[0])) } else { restA.append(own[0]) }
    }
    let restB = byPathB.filter { byPathA[$0.key] == nil && !ambiguous.contains($0.key) }.map(\.value[0])
    let (byNameA, byNameB) = (
      Dictionary(grouping: restA) { Spelling($0.name) }, Dictionary(grouping: restB) { Spelling($0.name) }
    )
    var named: Set<Spelling> = []
    for (name, own) in byNameA where own.count == 1 {
      if let other = byNameB[name], other.count == 1 {
        pairs.append((own[0], other[0]))
        named.insert(name)
      }
    }
    let byPath = { (one: Prediction, other: Prediction) in Spelling(one.path) < Spelling(other.path) }
    self.pairs = pairs.sorted { byPath($0.a, $1.a) }
    onlyInA = restA.filter { !named.contains(Spelling($0.name)) }.sorted(by: byPath)
    onlyInB = restB.filter { !named.contains(Spelling($0.name)) }.sorted(by: byPath)
    ambiguousPaths = ambiguous.sorted().map(\.text)
  }
}
