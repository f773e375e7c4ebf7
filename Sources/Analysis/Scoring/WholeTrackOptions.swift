import Features
import Foundation
package import Models
package import Networks
public import Tensors

/// Hears a track as a whole: one map and one pass over all of it, without windows.
public struct WholeTrackOptions: Sendable, Hashable, Codable {
  /// Largest number of bytes for a pass and its map; a longer track is heard in equal pieces.
  public var maximumByteCount: Double

  /// The default is what `MemoryLimit` allows.
  public init(maximumByteCount: Double = MemoryLimit.byteCount) { self.maximumByteCount = maximumByteCount }
}

/// How a whole track was heard.
public struct WholeTrackPass: Sendable, Hashable, Codable {
  /// Number of passes: 1 if the memory allows the whole track, otherwise the number of equal pieces.
  public let pieceCount: Int
  /// Number of frames heard, over all pieces.
  public let frameCount: Int

  package init(pieceCount: Int, frameCount: Int) {
    (self.pieceCount, self.frameCount) = (pieceCount, frameCount)
  }

  /// For example "the whole track in one pass".
  public var words: String {
    pieceCount == 1
      ? "the whole track in one pass"
      : "the whole track in \(pieceCount) equal pieces, since one pass needs more memory than is allowed"
  }
}

/// The bytes of a pass over so many samples with the map it reads, by ``PassCost``: what a whole track's is held against the limit by.
package struct WholeTrackCost {
  private let model: GenreModel
  private let kind: PassCost.Kind
  private let limit: Double

  /// - Parameter kind: `gradients` for an explanation.
  package init(_ model: GenreModel, kind: PassCost.Kind, limit: Double) {
    (self.model, self.kind, self.limit) = (model, kind, limit)
  }

  /// nil where no such pass can be built: the map is longer than features or layers take.
  ///
  /// - Parameter copies: maps in one pass.
  package func byteCount(sampleCount: Int, copies: Int = 1) -> Double? {
    guard var spec = model.featureSpec, let heard = model.heardSampleCount(of: sampleCount) else {
      return nil
    }
    spec.sampleCount = heard
    guard (try? spec.validate()) != nil,
      let architecture = try? model.network.architecture.withLength(spec.frameCount),
      let cost = try? PassCost(architecture, batchSize: copies, kind: kind)
    else { return nil }
    // The samples are in the reader and in the extractor.
    return cost.byteCount + spec.mapByteCount + 4 * Double(heard)
  }

  package func fits(sampleCount: Int, copies: Int = 1) -> Bool {
    byteCount(sampleCount: sampleCount, copies: copies).map { $0 <= limit } ?? false
  }

  /// The equal pieces of a sound, in samples: as few as fit, in length one frame apart at most. Nil where none fit.
  ///
  /// - Parameter least: frames of the shortest piece.
  package func pieces(of sampleCount: Int, least: Int) -> [Range<Int>]? {
    let hop = model.featureSpec?.hopLength ?? 1
    let hops = (sampleCount + hop - 1) / hop
    func longest(_ count: Int) -> Int { count == 1 ? sampleCount : (hops + count - 1) / count * hop }
    let most = max(1, hops / max(1, least))
    var (low, high) = (0, 1)
    while !fits(sampleCount: longest(high)) {
      guard high < most else { return nil }
      (low, high) = (high, min(2 * high, most))
    }
    while high - low > 1 {
      let middle = (low + high) / 2
      if fits(sampleCount: longest(middle)) { high = middle } else { low = middle }
    }
    let starts = (0...high).map { min(sampleCount, $0 * hops / high * hop) }
    return zip(starts, starts.dropFirst()).map { $0..<$1 }
  }

  /// The longest sound of up to `most` samples whose pass fits; 0 where none does.
  func longestSampleCount(upTo most: Int) -> Int {
    var (low, high) = (0, most + 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if fits(sampleCount: middle) { low = middle } else { high = middle }
    }
    return low
  }
}
