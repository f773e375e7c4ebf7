import Analysis
import Datasets
import Tensors

/// Looks for tracks that stand in two splits: alike in the network's last hidden layer, and then in their maps.
///
/// The embedding finds candidates fast; the maps decide. A network is trained to be blind to much of the sound, so that
/// different tracks may share an embedding, but not a map.
struct DuplicateSearch {
  /// Cosine of the embeddings from which on two tracks are candidates.
  var candidateCosine = 0.95
  /// Candidates looked at for each track.
  var candidateCount = 8
  /// Correlation of the standardised maps from which on two tracks are one recording.
  var correlation = 0.9
  /// Frames by which one map may be shifted against the other.
  var reachFrames = 8

  /// Pairs in different splits, those of equal or most alike maps first.
  func run(_ references: ReferenceTracks, progress: ProgressHandler?) throws -> [NearDuplicate] {
    let order: [Split: Int] = [.test: 0, .valid: 1, .train: 2]
    let clips = references.clips
    let rank = clips.map { $0.track.split.flatMap { order[$0] } }
    let queries = clips.indices.filter { rank[$0].map { $0 < 2 } ?? false }
    guard !queries.isEmpty else { return [] }
    let index = EmbeddingIndex(references.embeddings)
    let nearest = index.nearest(to: references.embeddings.rows(queries), limit: candidateCount) {
      guard let own = rank[queries[$0]], let other = rank[$1] else { return false }
      return other > own
    }
    var pairs: [NearDuplicate] = []
    for (position, query) in queries.enumerated() {
      let candidates = nearest[position].filter { 1 - $0.distance >= candidateCosine }
      if !candidates.isEmpty {
        let own = MapGrid(try references.input(query))
        for candidate in candidates {
          if let pair = try compare(own, query, candidate, references) { pairs.append(pair) }
        }
      }
      if position % 50 == 49 || position + 1 == queries.count {
        progress?(StageProgress("copies", completed: position + 1, of: queries.count))
      }
    }
    // Stable: equal correlations stay in the data set's order.
    return pairs.sorted { $0.mapCorrelation ?? 0 > $1.mapCorrelation ?? 0 }
  }

  private func compare(
    _ own: MapGrid, _ query: Int, _ candidate: EmbeddingIndex.Neighbor, _ references: ReferenceTracks
  ) throws -> NearDuplicate? {
    let other = MapGrid(try references.input(candidate.index))
    // Shifts are tried only where the maps are not far from alike: they cost as much as the pair itself, each.
    let plain = own.correlation(with: other)
    guard plain > 0.3 else { return nil }
    let best = own.bestCorrelation(with: other, reach: reachFrames)
    guard best.correlation >= correlation else { return nil }
    return NearDuplicate(
      kind: own == other ? .equal : .similar,
      members: [query, candidate.index].map { NearDuplicate.Member(references.clips[$0]) },
      embeddingCosine: 1 - candidate.distance, mapCorrelation: best.correlation, shiftFrames: best.shift)
  }
}

extension NearDuplicate.Member {
  init(_ clip: Clip) {
    self.init(
      path: clip.path, name: clip.track.name, label: clip.track.label, split: clip.track.split?.rawValue ?? ""
    )
  }
}

extension Tensor {
  /// Some rows of `[N, D]`, in the given order.
  func rows(_ indices: [Int]) -> Tensor {
    let width = shape[1]
    return Tensor(
      indices.flatMap { values[$0 * width..<($0 + 1) * width] }, shape: [indices.count, width])
  }
}
