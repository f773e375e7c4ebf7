/// Mean vectors of the correct tracks of each class, from which any group can be taken out; all of them explain one class,
/// where vectors are explanations.
struct TypicalVectors {
  private struct Sum {
    var total: [Double]
    var count = 0
  }

  private let distance: MistakeCoherence.Distance
  private let explained: String
  private var classes: [String: Sum] = [:]
  private var groups: [String: [String: Sum]] = [:]

  /// Tracks in an order that does not hang on where they came from.
  init(
    _ tracks: [MistakeCoherence.Track], explaining explained: String, distance: MistakeCoherence.Distance
  ) {
    (self.distance, self.explained) = (distance, explained)
    for track in tracks where track.label == track.predicted {
      guard let vector = track.features.explaining(explained) else { continue }
      let empty = Sum(total: vector.map { _ in 0 })
      Self.add(vector, to: &classes[track.label, default: empty])
      Self.add(vector, to: &groups[track.label, default: [:]][Self.unit(of: track), default: empty])
    }
  }

  private static func add(_ vector: [Double], to sum: inout Sum) {
    for index in sum.total.indices { sum.total[index] += vector[index] }
    sum.count += 1
  }

  /// What stays together: the group, else the track itself.
  static func unit(of track: MistakeCoherence.Track) -> String {
    track.group.map { "g" + $0 } ?? "t" + track.path
  }

  /// Distance of a track to the typical vector of a class without the track's own group; nil where nothing is left of it, and
  /// where the track has no vector.
  func distance(of track: MistakeCoherence.Track, to label: String) -> Double? {
    guard let all = classes[label], let vector = track.features.explaining(explained) else { return nil }
    let own = groups[label]?[Self.unit(of: track)]
    let count = all.count - (own?.count ?? 0)
    guard count > 0 else { return nil }
    let mean = all.total.indices.map { (all.total[$0] - (own?.total[$0] ?? 0)) / Double(count) }
    return Self.distance(vector, mean, distance)
  }

  static func distance(
    _ one: [Double], _ other: [Double], _ distance: MistakeCoherence.Distance
  ) -> Double {
    switch distance {
    case .cosine:
      let product = zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
      let squares = one.reduce(0) { $0 + $1 * $1 } * other.reduce(0) { $0 + $1 * $1 }
      return squares > 0 ? max(0, 1 - product / squares.squareRoot()) : 1
    case .euclidean:
      return zip(one, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
  }
}
