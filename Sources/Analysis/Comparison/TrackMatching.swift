import Files

/// Which predictions of two sets are about the same track.
///
/// A path is one track's. A name is where no second track of either set has it. Where only rows tell tracks of one name apart,
/// both sets must have the same names with the same labels in the same rows.
struct TrackMatching {
  typealias Pair = (a: Prediction, b: Prediction)

  /// By path of A.
  let pairs: [Pair]
  /// How many of ``pairs`` have one name and different paths.
  let nameMatchCount: Int
  let onlyInA: [Prediction]
  let onlyInB: [Prediction]
  /// Paths that one set has more than once, or that only rows tell apart which do not agree: none of their predictions is used.
  let ambiguousPaths: [String]

  /// What is drawn together: the group that one of them names, else the track.
  static func cluster(_ pair: Pair) -> String {
    pair.a.group == nil && pair.b.group != nil ? pair.b.cluster : pair.a.cluster
  }

  init(_ a: [Prediction], _ b: [Prediction]) {
    let (byPathA, byPathB) = (
      Dictionary(grouping: a) { Spelling($0.path) }, Dictionary(grouping: b) { Spelling($0.path) }
    )
    var ambiguous = Set(byPathA.filter { $0.value.count > 1 }.keys)
      .union(byPathB.filter { $0.value.count > 1 }.keys)
    if !Self.rowsAgree(a, b) {
      ambiguous.formUnion((a + b).filter { $0.row != nil }.map { Spelling($0.path) })
    }
    var (pairs, restA): ([Pair], [Prediction]) = ([], [])
    for (path, own) in byPathA where !ambiguous.contains(path) {
      if let other = byPathB[path] { pairs.append((own[0], other[0])) } else { restA.append(own[0]) }
    }
    let restB = byPathB.filter { byPathA[$0.key] == nil && !ambiguous.contains($0.key) }.map(\.value[0])
    let (countsA, countsB) = (Self.nameCounts(a), Self.nameCounts(b))
    let byNameB = Dictionary(restB.map { (Spelling($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    var named: Set<Spelling> = []
    for own in restA {
      let name = Spelling(own.name)
      guard countsA[name] == 1, countsB[name] == 1 else { continue }
      if let other = byNameB[name] {
        pairs.append((own, other))
        named.insert(name)
      }
    }
    let byPath = { (one: Prediction, other: Prediction) in Spelling(one.path) < Spelling(other.path) }
    self.pairs = pairs.sorted { byPath($0.a, $1.a) }
    nameMatchCount = named.count
    onlyInA = restA.filter { !named.contains(Spelling($0.name)) }.sorted(by: byPath)
    onlyInB = restB.filter { !named.contains(Spelling($0.name)) }.sorted(by: byPath)
    ambiguousPaths = ambiguous.sorted().map(\.text)
  }

  private static func nameCounts(_ predictions: [Prediction]) -> [Spelling: Int] {
    predictions.reduce(into: [:]) { $0[Spelling($1.name), default: 0] += 1 }
  }

  private static func rowsAgree(_ a: [Prediction], _ b: [Prediction]) -> Bool {
    let labels = { (predictions: [Prediction]) in
      Set(predictions.filter { $0.row != nil }.map { [Spelling($0.path), Spelling($0.label)] })
    }
    return labels(a) == labels(b)
  }
}
