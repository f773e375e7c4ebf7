public import Audio
import Explanation
import Features
import Files
public import Tensors

/// A labelled track whose robustness can be measured.
public struct RobustnessTrack {
  /// The source of the features.
  public enum Source {
    /// A window of a sound file; nothing outside the segment is heard.
    case sound(path: String, startSeconds: Double, segment: SoundSegment? = nil)
    /// Features only: returns the standardised map `[F, T]` on request. Only the level can be changed then.
    case input(() throws -> Tensor)
  }

  /// Identifies the track.
  public var path: String
  public var name: String
  /// The true label, one of the model's.
  public var label: String
  /// The group kept together in resamples: artist or album.
  public var group: String?
  public var source: Source

  /// `name` is the last part of `path` unless given.
  public init(path: String, name: String? = nil, label: String, group: String? = nil, source: Source) {
    (self.path, self.label, self.group, self.source) = (path, label, group, source)
    self.name = name ?? lastName(path)
  }
}

extension RobustnessTrack {
  /// What tells it from other tracks, and its sound file from what the file was before.
  var stamp: String {
    switch source {
    case .sound(let file, let start, _): "\(path) at \(start) \(FileStamp.words(of: file))"
    case .input: path
    }
  }

  /// Stream of the seeded generator that tracks are drawn from.
  private static let stream: UInt64 = 0x50B0

  /// At most `limit` places of tracks, drawn in turns from each label, in ascending order.
  package static func sample(_ labels: [String], limit: Int, seed: UInt64) -> [Int] {
    guard labels.count > limit else { return Array(labels.indices) }
    var generator = SeededGenerator(seed: seed, stream: stream)
    var order: [String] = []
    var places: [String: [Int]] = [:]
    for (place, label) in labels.enumerated() {
      if places[label] == nil { order.append(label) }
      places[label, default: []].append(place)
    }
    var decks = order.map { (places[$0] ?? []).shuffled(using: &generator) }
    var chosen: [Int] = []
    while chosen.count < limit {
      for deck in decks.indices where chosen.count < limit {
        if let place = decks[deck].popLast() { chosen.append(place) }
      }
    }
    return chosen.sorted()
  }
}
