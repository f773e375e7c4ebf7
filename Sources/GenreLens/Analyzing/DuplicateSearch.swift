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
    // Pairs are compared on all processors; the network has done its part.
    let wanted = queries.indices.flatMap { position in
      nearest[position].filter { 1 - $0.distance >= candidateCosine }.map { (queries[position], $0) }
    }
    var pairs: [NearDuplicate] = []
    // Pieces bound the memory of the maps.
    for start in stride(from: 0, to: wanted.count, by: 512) {
      let piece = Array(wanted[start..<min(wanted.count, start + 512)])
      var maps: [Int: MapGrid] = [:]
      for index in piece.flatMap({ [$0.0, $0.1.index] }) where maps[index] == nil {
        maps[index] = MapGrid(try references.input(index))
      }
      let (loaded, reach) = (maps, reachFrames)
      let found = parallelMap(piece.count) { place -> (correlation: Double, shift: Int, isEqual: Bool)? in
        guard let own = loaded[piece[place].0], let other = loaded[piece[place].1.index] else { return nil }
        let best = own.bestCorrelation(with: other, reach: reach)
        return (best.correlation, best.shift, own == other)
      }
      for (pair, result) in zip(piece, found) {
        guard let result, result.correlation >= correlation else { continue }
        pairs.append(
          NearDuplicate(
            kind: result.isEqual ? .equal : .similar,
            members: [pair.0, pair.1.index].map { NearDuplicate.Member(references.clips[$0]) },
            embeddingCosine: 1 - pair.1.distance, mapCorrelation: result.correlation,
            shiftFrames: result.shift))
      }
      progress?(StageProgress("copies", completed: start + piece.count, of: wanted.count))
    }
    return pairs.sorted {
      ($1.mapCorrelation ?? 0, $0.members[0].path) < ($0.mapCorrelation ?? 0, $1.members[0].path)
    }
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
