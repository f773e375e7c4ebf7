import Datasets
import Files
import Statistics
import Synchronization
package import Tensors

/// Looks for tracks that stand in two splits: alike in the network's last hidden layer or in the mean and deviation of their
/// feature rows, and then in their maps.
///
/// These two find candidates fast; the maps decide. A network is trained to be blind to much of the sound, so that different
/// tracks may share an embedding, but not a map.
struct DuplicateSearch {
  /// Candidates by each of the two that are looked at for each track.
  package var candidateCount = 6
  /// Correlation of the maps, each row less its mean over time, from which on two tracks are probably one recording.
  ///
  /// What is left is how the sound goes on: two tracks of one timbre, or of silence, do not share it. In 25 clips of 3 s of ten
  /// genres (20 MFCC) copies that begin 0.1 s later had 0.97 to 0.99, with noise 20 dB below 0.80 to 0.97, re-encoded at 32
  /// kbit/s 0.63 to 0.93; the 300 pairs of different ones at most 0.20 (`Scripts/plant-copies.py`). Different tracks that fade
  /// in together reach 0.8: the limit leaves them out, and with them some bad copies. Where there is sound,
  /// `DatasetCheck` finds those.
  package var correlation = 0.85
  /// Frames by which one map may be shifted against the other.
  var reachFrames = 8

  /// Pairs in different splits, those of equal or most alike maps first.
  func run(_ references: ReferenceTracks, job: Job) throws -> [NearDuplicate] {
    let candidates = try candidates(references)
    let done = DoneCount("copies", of: candidates.reduce(0) { $0 + $1.others.count }, job)
    let maps = KeptMaps(references)
    var pairs: [NearDuplicate] = []
    try OrderedWork { try references.reader() }.run(
      candidates.count, job: job,
      { reader, place in
        defer { reader.releaseMemory() }
        let found = try duplicates(of: candidates[place], maps, reader)
        done.add(candidates[place].others.count)
        return found
      },
      each: { _, result in pairs += try result.get() })
    return pairs.sorted {
      ($1.mapCorrelation ?? 0, $0.members[0].path) < ($0.mapCorrelation ?? 0, $1.members[0].path)
    }
  }

  private func duplicates(
    of candidate: Candidate, _ maps: KeptMaps, _ reader: RecordingReader
  ) throws -> [NearDuplicate] {
    let own = try maps.made(candidate.query, reader)
    return try candidate.others.compactMap { other in
      let map = try maps.map(other.index, reader)
      let best = own.bestCorrelation(with: map, reach: reachFrames)
      guard best.correlation >= correlation else { return nil }
      return NearDuplicate(
        kind: own.map == map.map ? .equal : .similar,
        members: [candidate.query, other.index].map { NearDuplicate.Member(maps.references.recordings[$0]) },
        embeddingCosine: other.cosine, mapCorrelation: best.correlation, shiftFrames: best.shift)
    }
  }

  /// A track of valid or test, and what may be copies of it.
  private struct Candidate: Sendable {
    let query: Int
    let others: [(index: Int, cosine: Double)]
  }

  /// The nearest tracks of an earlier split (train before valid before test) to each track of valid and test.
  private func candidates(_ references: ReferenceTracks) throws -> [Candidate] {
    let order: [Split: Int] = [.test: 0, .valid: 1, .train: 2]
    let rank = references.recordings.map { $0.clip.split.flatMap { order[$0] } }
    let queries = references.recordings.indices.filter { rank[$0].map { $0 < 2 } ?? false }
    guard !queries.isEmpty else { return [] }
    let scaling = try ColumnScaling(rows: references.summaries)
    let summaries = references.summaries.map { scaling.apply(to: $0).map { Float($0) } }
    let spaces = [
      references.embeddings,
      Tensor(summaries.flatMap(\.self), shape: [summaries.count, summaries[0].count]),
    ]
    let found = spaces.map { space in
      EmbeddingIndex(space).nearest(to: space.rows(queries), limit: candidateCount) {
        guard let own = rank[queries[$0]], let other = rank[$1] else { return false }
        return other > own
      }
    }
    return queries.indices.map { position in
      let others = Set(found.flatMap { $0[position].map(\.index) }).sorted()
      return Candidate(
        query: queries[position],
        others: others.map { ($0, references.embeddings.cosine(queries[position], $0)) })
    }
  }
}

/// Maps as they are compared: each row less its mean over time. Many tracks are like the same others, whose maps are kept, the latest of
/// them; those of all tracks need not fit into memory.
private final class KeptMaps: Sendable {
  private struct State {
    var maps: [Int: (map: ShiftedMap, lastUse: Int)] = [:]
    var valueCount = 0
    var useCount = 0
  }

  let references: ReferenceTracks
  private let state = Mutex(State())
  /// Values of all kept maps: 64 MB, and as much for their standardised copies.
  private static let limit = 1 << 24

  init(_ references: ReferenceTracks) { self.references = references }

  /// Made anew.
  func made(_ index: Int, _ reader: RecordingReader) throws -> ShiftedMap {
    ShiftedMap(MapGrid(try references.input(index, reader)).withoutRowMeans)
  }

  /// Kept for the next time.
  func map(_ index: Int, _ reader: RecordingReader) throws -> ShiftedMap {
    let known = state.withLock { state -> ShiftedMap? in
      state.useCount += 1
      state.maps[index]?.lastUse = state.useCount
      return state.maps[index]?.map
    }
    if let known { return known }
    let map = try made(index, reader)
    state.withLock { state in
      guard state.maps.updateValue((map, state.useCount), forKey: index) == nil else { return }
      state.valueCount += map.map.values.count
      while state.valueCount > Self.limit,
        let oldest = state.maps.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.maps[oldest.key] = nil
        state.valueCount -= oldest.value.map.map.values.count
      }
    }
    return map
  }
}

extension NearDuplicate.Member {
  package init(_ recording: Recording) {
    self.init(
      path: recording.path, name: recording.clip.name, label: recording.clip.label,
      split: recording.clip.split?.rawValue ?? ""
    )
  }
}

extension Tensor {
  /// Some rows of `[N, D]`, in the given order.
  package func rows(_ indices: [Int]) -> Tensor {
    let width = shape[1]
    return Tensor(
      indices.flatMap { values[$0 * width..<($0 + 1) * width] }, shape: [indices.count, width])
  }

  /// Cosine of the angle between two rows of `[N, D]`; 0 for a row of zeros.
  package func cosine(_ first: Int, _ second: Int) -> Double {
    let width = shape[1]
    var (dot, one, other) = (0.0, 0.0, 0.0)
    for column in 0..<width {
      let (a, b) = (Double(values[first * width + column]), Double(values[second * width + column]))
      dot += a * b
      one += a * a
      other += b * b
    }
    let norm = (one * other).squareRoot()
    return norm > 0 ? dot / norm : 0
  }
}
