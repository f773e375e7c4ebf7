import Audio
import Features
import Tensors

/// What a sound is by ear, in 32 bits for each 46 ms: it survives another encoding, another level, and a cut at either
/// end, and so finds copies whose samples differ.
///
/// A bit says whether the difference of two neighbouring bands grows from one frame to the next (33 bands from 300 to
/// 2 000 Hz, frames of 0.37 s). Differs from the paper in three things: the bands are mel bands, their energies
/// are compared in dB, and frames are 46 ms apart, not 11.6.
///
/// Source: Haitsma, Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002.
struct AcousticFingerprint: Sendable, Codable, Equatable {
  /// A word for each frame but the first; 0 where nothing changes, as in silence.
  let words: [UInt32]

  /// Seconds of a file that are looked at.
  static let maximumSeconds = 120.0
  static let secondsPerWord = 256.0 / 5_512

  init(words: [UInt32]) { self.words = words }

  /// Decodes the beginning of a file, or of a segment of it. Throws as ``WindowStream``.
  init(
    path: String, segment: SoundSegment? = nil, limits: AudioLimits = AudioLimits(), mix: ChannelMix = .mean
  ) throws {
    var stream = try WindowStream(
      path: path, sampleRateHz: 5_512, sampleCount: Int(5_512 * Self.maximumSeconds), segment: segment,
      limits: limits, mix: mix)
    try self.init(try stream.waveform(atSeconds: segment?.startSeconds ?? 0))
  }

  /// Traps unless the sound is at 5 512 Hz.
  init(_ sound: Waveform) throws {
    var spec = FeatureSpec()
    (spec.kind, spec.binCount, spec.melBandCount) = (.melDecibels, 33, 33)
    (spec.sampleRateHz, spec.sampleCount) = (5_512, max(1, sound.samples.count))
    (spec.fftLength, spec.hopLength) = (2048, 256)
    (spec.minimumHz, spec.maximumHz, spec.topDecibels) = (300, 2_000, nil)
    let map = try FeatureExtractor(spec).map(of: sound).values.values
    let frames = spec.frameCount
    words = (1..<max(1, frames)).map { frame in
      var word: UInt32 = 0
      for band in 0..<32 {
        let (low, high) = (band * frames + frame, (band + 1) * frames + frame)
        if map[low] - map[high] > map[low - 1] - map[high - 1] { word |= 1 << UInt32(band) }
      }
      return word
    }
  }

  /// Share of the bits that differ when word i is compared with word `i + offset` of the other, over the frames in which
  /// both sound, and how many those are. Unrelated sounds differ in half of their bits.
  func distance(to other: AcousticFingerprint, offset: Int) -> (share: Double, frames: Int) {
    let range = max(0, -offset)..<max(max(0, -offset), min(words.count, other.words.count - offset))
    var (bits, frames) = (0, 0)
    for index in range {
      let (mine, theirs) = (words[index], other.words[index + offset])
      if mine == 0 || theirs == 0 { continue }
      bits += (mine ^ theirs).nonzeroBitCount
      frames += 1
    }
    return (frames == 0 ? 1 : Double(bits) / Double(32 * frames), frames)
  }
}

/// Finds pairs of fingerprints that are of the same sound.
struct SimilarSounds {
  /// A pair, and how it matches.
  struct Match: Sendable, Equatable {
    var first: Int
    var second: Int
    /// Bits that differ.
    var distance: Double
    /// Seconds that both have.
    var seconds: Double
    /// Where in the first the second begins, in seconds; negative where it is the other way round.
    var shift: Double
  }

  /// Most bits that may differ. Unrelated sounds come near 0.5; the paper takes 0.35 for 3.3 s.
  static let maximumDistance = 0.3
  /// Least common sound, in seconds.
  static let minimumSeconds = 5.0
  /// A word that more places share than this says nothing about any of them.
  private static let maximumPlaces = 64

  private struct Place {
    var word: UInt32
    var clip: Int32
    var position: Int32
  }

  private struct Candidate: Hashable {
    var first: Int32
    var second: Int32
    var offset: Int32
  }

  /// Pairs in the order of their first, then second clip, each once. Clips without a fingerprint match nothing.
  ///
  /// Cost: sorts an eighth of all words (chosen by their value, so that copies choose the same) and compares the clips
  /// that share one; the index has 12 bytes for each third of a second of sound.
  static func matches(_ prints: [AcousticFingerprint?]) -> [Match] {
    var places: [Place] = []
    for (clip, print) in prints.enumerated() {
      for (position, word) in (print?.words ?? []).enumerated() where isChosen(word) {
        places.append(Place(word: word, clip: Int32(clip), position: Int32(position)))
      }
    }
    places.sort { ($0.word, $0.clip, $0.position) < ($1.word, $1.clip, $1.position) }
    var seen: Set<Candidate> = []
    var best: [Candidate: Match] = [:]
    var start = 0
    while start < places.count {
      var end = start + 1
      while end < places.count, places[end].word == places[start].word { end += 1 }
      if end - start <= maximumPlaces {
        for first in start..<end {
          for second in first + 1..<end where places[second].clip != places[first].clip {
            let (a, b) = (places[first], places[second])
            let candidate = Candidate(first: a.clip, second: b.clip, offset: b.position - a.position)
            guard seen.insert(candidate).inserted, let match = compare(candidate, prints) else { continue }
            let pair = Candidate(first: a.clip, second: b.clip, offset: 0)
            if match.distance < best[pair]?.distance ?? 1 { best[pair] = match }
          }
        }
      }
      start = end
    }
    return best.values.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  private static func isChosen(_ word: UInt32) -> Bool { word != 0 && (word &* 0x9E37_79B1) >> 29 == 0 }

  private static func compare(_ candidate: Candidate, _ prints: [AcousticFingerprint?]) -> Match? {
    let (first, second) = (Int(candidate.first), Int(candidate.second))
    guard let one = prints[first], let other = prints[second] else { return nil }
    var match: Match?
    // A copy that is cut between two frames may fit the neighbouring place better.
    for offset in Int(candidate.offset) - 1...Int(candidate.offset) + 1 {
      let (share, frames) = one.distance(to: other, offset: offset)
      let seconds = Double(frames) * AcousticFingerprint.secondsPerWord
      guard share <= maximumDistance, seconds >= minimumSeconds, share < match?.distance ?? 1 else {
        continue
      }
      match = Match(
        first: first, second: second, distance: share, seconds: seconds,
        shift: -Double(offset) * AcousticFingerprint.secondsPerWord)
    }
    return match
  }
}
