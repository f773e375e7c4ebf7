import Audio
public import Files
import Foundation
import Tensors

/// Whether a front end gives the numbers that the program gave from which a network comes: maps of one sound, side by side.
///
/// ```swift
/// let comparison = try FrontEndComparison(sound: "clip.wav", original: "clip.npy", spec: .musicnn)    // np.save of the original's map
/// if !comparison.isSame, let nearest = try comparison.nearest() { print(nearest.spec.settings(from: .mfcc128)) }
/// ```
///
/// A front end that nearly fits gives labels that are wrong, and no number of the model's shows it; this does.
public struct FrontEndComparison: Sendable {
  /// How far the map of a specification is from the original.
  public struct Difference: Sendable, Equatable {
    /// The largest absolute difference, as a share of the range of the original.
    public let largest: Double
    /// Where it is.
    public let row: Int
    public let frame: Int
    /// The line `original = scale x + offset` through all cells.
    public let scale: Double
    public let offset: Double
    /// The largest difference from this line, as a share of the range.
    public let fromLine: Double
    /// Means over the cells of the two, for searches.
    let mean: Double
    let meanFromLine: Double

    /// The mean and the deviation of the original's standardisation, `(x - mean) / deviation`, where it is one; nil where the numbers
    /// are the same as they are, and where none makes them so.
    public var standardization: (mean: Double, deviation: Double)? {
      let most = FrontEndComparison.tolerance
      guard largest > most, fromLine <= most, scale > 0 else { return nil }
      return (-offset / scale, 1 / scale)
    }
  }

  /// What differs by less of the range is the same front end.
  public static let tolerance = 1e-3
  /// Longest sound that is compared.
  public static let maximumSeconds = 600.0

  public let spec: FeatureSpec
  /// Of ``spec``; nil where it does not make as many frames of the sound as the original has.
  public let difference: Difference?
  /// The original's range.
  public let range: ClosedRange<Double>
  /// Its rows and frames.
  public let extents: (rows: Int, frames: Int)
  private let original: [Float]
  private let samples: [Float]

  public var isSame: Bool { (difference?.largest ?? .infinity) <= Self.tolerance }

  /// Whether the original differs by the standardisation that an import of this front end sets by itself.
  public var isPublishedStandardization: Bool {
    guard let (mean, deviation) = difference?.standardization, let published = spec.publishedNormalization
    else {
      return false
    }
    let (m, d) = (Double(published.mean[0, 0]), Double(published.std[0, 0]))
    return abs(mean - m) <= 0.01 * d && abs(deviation / d - 1) <= 0.01
  }

  /// Reads both files.
  ///
  /// - Parameters:
  ///   - sound: best at the front end's own rate: programs resample differently.
  ///   - original: what the original gave for all of the sound or for the first window, rows x frames or frames x rows.
  /// - Throws: ``CodedError``: what reading a sound and a NumPy array throws, `wrongShape` for another number of rows, `badInput` for a
  ///   map of one value, `notFinite`, `tooLarge` for a sound above ``maximumSeconds``.
  public init(sound: String, original path: String, spec: FeatureSpec) throws(CodedError) {
    let array = try NumpyFile.read(path)
    let most = Int(Self.maximumSeconds) * spec.sampleRateHz
    let read = try WholeSound(path: sound, spec: spec, keepingUpTo: most)
    guard let samples = read.samples else {
      throw CodedError(.tooLarge, "longer than \(Int(Self.maximumSeconds)) s: a few are enough", path: sound)
    }
    try self.init(Waveform(samples: samples, sampleRateHz: spec.sampleRateHz), array, spec: spec, path: path)
  }

  init(_ sound: Waveform, _ array: Tensor, spec: FeatureSpec, path: String) throws(CodedError) {
    let extents = array.shape.dimensions.filter { $0 != 1 }
    guard extents.count == 2, let rows = extents.firstIndex(of: spec.binCount) else {
      throw CodedError(
        .wrongShape, "\(array.shape) values where one map with an axis of \(spec.binCount) rows is needed",
        path: path)
    }
    let frames = extents[1 - rows]
    var values = array.values
    if rows == 1 {
      let turned = values
      for row in 0..<spec.binCount {
        for frame in 0..<frames { values[row * frames + frame] = turned[frame * spec.binCount + row] }
      }
    }
    guard values.allSatisfy(\.isFinite) else {
      throw CodedError(.notFinite, "it has values that are not finite", path: path)
    }
    range = Double(values.min() ?? 0)...Double(values.max() ?? 0)
    guard range.lowerBound < range.upperBound else {
      throw CodedError(.badInput, "all its values are equal: nothing can be told from it", path: path)
    }
    (self.spec, original, samples) = (spec, values, sound.samples)
    self.extents = (spec.binCount, frames)
    difference = try Self.difference(of: spec, samples, values, frames, range)
  }

  /// The least difference of the windows that have as many frames as the original: the specification's own, all of the sound, and the
  /// shortest one. nil where the sound has fewer frames.
  private static func difference(
    of spec: FeatureSpec, _ samples: [Float], _ original: [Float], _ frames: Int, _ range: ClosedRange<Double>
  ) throws(CodedError) -> Difference? {
    var least: Difference?
    let shortest = spec.cropped(toFrames: frames).sampleCount
    for count in Set([spec.sampleCount, samples.count, shortest]).sorted() {
      var window = spec
      window.sampleCount = count
      // A window may go beyond the sound by what is added to it, not by a frame.
      guard count <= samples.count + spec.hopLength || count == spec.sampleCount, window.frameCount == frames,
        (try? window.validate()) != nil
      else { continue }
      let map = try FeatureExtractor(window).map(
        of: Waveform(samples: Array(samples.prefix(count)), sampleRateHz: spec.sampleRateHz))
      let found = Difference(map.values.values, original, frames: frames, range: range)
      if found.largest < least?.largest ?? .infinity { least = found }
    }
    return least
  }

  // MARK: - Search

  /// Frames that a search looks at.
  private static let searchedFrames = 300

  /// The specification nearest to the original that changes of one setting after another lead to, from ``spec`` and from the presets of
  /// the same rate and as many rows, and how far its map is; nil where nothing is nearer than ``spec``.
  ///
  /// Cost: some hundred maps of ``searchedFrames`` frames.
  public func nearest() throws(CodedError) -> (spec: FeatureSpec, difference: Difference)? {
    let frames = min(extents.frames, Self.searchedFrames)
    let part = (0..<extents.rows).flatMap { row in
      original[row * extents.frames..<row * extents.frames + frames]
    }
    func score(_ candidate: FeatureSpec) throws(CodedError) -> Double {
      // Frames after those that are compared, so that the end of the window is not.
      let rest = 1 + candidate.fftLength / candidate.hopLength
      let window =
        frames < extents.frames ? candidate.cropped(toFrames: frames + rest) : candidate
      guard (try? window.validate()) != nil else { return .infinity }
      if frames == extents.frames {
        guard let found = try Self.difference(of: window, samples, part, frames, range) else {
          return .infinity
        }
        return found.score
      }
      let sound = Waveform(
        samples: Array(samples.prefix(window.sampleCount)), sampleRateHz: spec.sampleRateHz)
      let map = try FeatureExtractor(window).map(of: sound).values
      let columns = map.shape[1]
      let kept = (0..<extents.rows).flatMap { map.values[$0 * columns..<$0 * columns + frames] }
      return Difference(kept, part, frames: frames, range: range).score
    }
    var best = (spec: spec, score: try score(spec))
    for candidate in FeatureSpec.names.compactMap(FeatureSpec.named)
    where candidate.sampleRateHz == spec.sampleRateHz && candidate.binCount == spec.binCount {
      let found = try score(candidate)
      if found < best.score { best = (candidate, found) }
    }
    // A setting that hides another, such as the scale behind the logarithm, is set before it.
    for _ in 0..<8 {
      let before = best.score
      for candidate in best.spec.neighbors {
        let found = try score(candidate)
        if found < best.score { best = (candidate, found) }
      }
      if best.score > 0.98 * before || best.score < 1e-6 { break }
    }
    guard best.spec != spec,
      let found = try Self.difference(of: best.spec, samples, original, extents.frames, range),
      found.score < difference?.score ?? .infinity
    else { return nil }
    return (best.spec, found)
  }
}

extension FrontEndComparison.Difference {
  /// Maps of equal extents, row by row.
  fileprivate init(_ ours: [Float], _ original: [Float], frames: Int, range: ClosedRange<Double>) {
    let (count, width) = (Double(ours.count), range.upperBound - range.lowerBound)
    var (sumX, sumY, sumXX, sumXY, sum, place, largest) = (0.0, 0.0, 0.0, 0.0, 0.0, 0, -1.0)
    for index in ours.indices {
      let (x, y) = (Double(ours[index]), Double(original[index]))
      (sumX, sumY, sumXX, sumXY) = (sumX + x, sumY + y, sumXX + x * x, sumXY + x * y)
      let apart = abs(x - y)
      sum += apart
      if apart > largest { (largest, place) = (apart, index) }
    }
    let variance = sumXX - sumX * sumX / count
    scale = variance > 0 ? (sumXY - sumX * sumY / count) / variance : 0
    offset = (sumY - scale * sumX) / count
    var (sumFromLine, largestFromLine) = (0.0, 0.0)
    for index in ours.indices {
      let apart = abs(scale * Double(ours[index]) + offset - Double(original[index]))
      sumFromLine += apart
      largestFromLine = max(largestFromLine, apart)
    }
    (self.largest, row, frame) = (largest / width, place / frames, place % frames)
    fromLine = largestFromLine / width
    (mean, meanFromLine) = (sum / count / width, sumFromLine / count / width)
  }

  /// Nearness with whatever scale and offset, and, of equally near ones, without any.
  fileprivate var score: Double { meanFromLine + 0.01 * mean }
}

extension FeatureSpec {
  /// Specifications that differ from this one in one setting, by values that programs have.
  fileprivate var neighbors: [FeatureSpec] {
    func changed<Value>(_ key: WritableKeyPath<FeatureSpec, Value>, _ values: [Value]) -> [FeatureSpec] {
      values.map { value in
        var result = self
        result[keyPath: key] = value
        return result
      }
    }
    let half = Double(sampleRateHz) / 2
    var result = changed(\.logarithm, [])
    for (logarithm, top) in Self.usualLogarithms {
      var changed = self
      (changed.logarithm, changed.topDecibels) = (logarithm, top)
      if kind != .mfcc { changed.kind = logarithm.isDecibels ? .melDecibels : .logMel }
      result.append(changed)
    }
    result += changed(\.spectrum, Spectrum.allCases)
    for (scale, norm) in MelFilterBank.Scale.allCases.flatMap({ scale in
      MelFilterBank.Norm.allCases.map { (scale, $0) }
    }) {
      for slopes in MelFilterBank.Slopes.allCases {
        var changed = self
        (changed.melScale, changed.melNorm, changed.melSlopes) = (scale, norm, slopes)
        result.append(changed)
      }
    }
    for length in [256, 320, 400, 480, 512, 640, 800, 882, 1024, 1764, 2048, 4096] {
      result += changed(\.windowLength, [length, nil]) + changed(\.fftLength, [length])
      var both = self
      (both.fftLength, both.windowLength) = (length, nil)
      result.append(both)
    }
    result += changed(\.hopLength, [80, 128, 160, 200, 220, 256, 320, 400, 441, 480, 512, 1024])
    result += changed(\.minimumHz, [0, 10, 20, 27.5, 30, 32.7, 40, 50, 60, 64, 80, 100, 125, 133.333])
    result += changed(
      \.maximumHz,
      [nil]
        + [
          3_800, 4_000, 5_000, 7_000, 7_500, 7_600, 7_800, 8_000, 10_000, 11_025, 14_000, 15_000, 16_000,
          20_000,
        ]
        .filter { $0 <= half })
    result += changed(\.framing, Framing.allCases) + changed(\.window, FrameWindow.allCases)
    result += changed(\.preemphasis, [0, 0.95, 0.97]) + changed(\.removesMean, [true, false])
    result += changed(\.topDecibels, [nil, 60, 80, 100])
    if kind == .mfcc {
      result += changed(\.melBandCount, [20, 23, 26, 32, 40, 64, 80, 96, 128])
      result += changed(\.cosineScaling, DiscreteCosineTransform.Scaling.allCases)
    }
    return result.filter { $0 != self }
  }

  private static let usualLogarithms: [(Logarithm, Double?)] = {
    let loudest = Logarithm.decibels(factor: 10, floor: 1e-10, reference: .loudest)
    let amplitude = Logarithm.decibels(factor: 20, floor: 1e-5, reference: .loudest)
    let decibels = [.powerDecibels, loudest, .amplitudeDecibels, amplitude].flatMap {
      [($0, nil), ($0, 80)] as [(Logarithm, Double?)]
    }
    let others: [Logarithm] =
      [1, 10, 100, 1_000, 10_000].flatMap { [.onePlus(scale: $0), .naturalOnePlus(scale: $0)] }
      + [0.01, 1e-3, 1e-5, 1e-6, 1e-8, 1e-10].flatMap {
        [.offset($0), .floored($0), .decimalOffset($0), .decimalFloored($0)]
      }
      + [.floored(1.1920929e-7), .floored(1e-12)]
    return decibels + others.map { ($0, nil) }
  }()
}

// MARK: - Words

extension FrontEndComparison {
  /// `96 rows x 187 frames, 0 to 4.21`.
  public var extentWords: String {
    "\(extents.rows) rows x \(extents.frames) frames, \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
  }

  /// The error of a front end that is not the original's.
  public func refusal(_ name: String, path: String) -> CodedError {
    let after =
      difference?.standardization == nil
      ? "" : " (but for its standardisation: import with --mean and --deviation)"
    let why =
      difference.map {
        "a largest difference of \(Self.text($0.largest)) of the range, above \(Self.tolerance)"
      } ?? "another number of frames"
    return CodedError(.otherFeatures, "\(name) is not its front end\(after): \(why)", path: path)
  }

  /// How far the front end is, for people.
  public var words: String {
    difference?.words ?? "not \(extents.frames) frames of this sound: another hop, or another sound"
  }

  fileprivate static func text(_ value: Double) -> String { String(format: "%.3g", value) }
}

extension FrontEndComparison.Difference {
  /// `largest difference 2.1e-07 of the range, in row 3, frame 7: the same numbers`.
  public var words: String {
    "largest difference \(FrontEndComparison.text(largest)) of the range, in row \(row), frame \(frame)"
      + (largest <= FrontEndComparison.tolerance ? ": the same numbers" : "")
  }

  /// `(x - mean) / deviation with mean -4.27, deviation 9.14 ...`; nil where the original is not standardised.
  public var standardizationWords: String? {
    standardization.map { mean, deviation in
      "(x - mean) / deviation: --mean \(String(format: "%.6g", mean)) --deviation \(String(format: "%.6g", deviation)), "
        + "largest difference \(FrontEndComparison.text(fromLine)) of the range"
    }
  }
}
