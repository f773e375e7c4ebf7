import Audio
package import Datasets
import Features
import Files
package import Models
import Networks
import Tensors

/// Hears whole sound files: one map and one pass for all of a track, or for each of its equal pieces where memory is short.
///
/// Pieces are joined by the mean of their logits, each counting as many times as it has frames. Where the logits are linear in the
/// mean over time (global average pooling and one dense layer) that is the one pass, but for the frames beside the cuts.
package struct WholeTrackClassifier {
  /// What was heard, and how long it was.
  package struct Heard {
    package var classification: TrackClassification
    /// Samples of the longest pass.
    package var sampleCount: Int
  }

  private let model: GenreModel
  private let spec: FeatureSpec
  private let options: WholeTrackOptions
  private let membership: TrainingMembership
  private let shortest: Int
  private let cost: WholeTrackCost
  /// Samples of the longest sound that is heard in one pass.
  private let longest: Int

  /// Throws ``CodedError`` `usage` for a model that hears windows of one length only.
  package init(_ model: GenreModel, _ options: WholeTrackOptions) throws {
    spec = try model.soundSpec()
    try model.requireAnyLength()
    (self.model, self.options) = (model, options)
    membership = TrainingMembership(model)
    shortest = model.shortestFrameCount
    cost = WholeTrackCost(model, kind: .inference, limit: options.maximumByteCount)
    longest = cost.longestSampleCount(upTo: 3600 * spec.sampleRateHz)
  }

  /// Hears a file or a stretch of it. Throws for a file that cannot be read, silence, and a pass that does not fit.
  package func hear(_ input: SoundInput) throws -> Heard {
    let sound = try WholeSound(
      path: input.path, spec: spec, segment: input.segment, keepingUpTo: longest)
    let pieces = try pieces(of: sound.sampleCount, path: input.path)
    var passes: [Pass] = []
    if let samples = sound.samples, pieces.count == 1 {
      passes = [try pass(over: samples.span, at: 0)]
    } else {
      var stream = try WindowStream(
        path: input.path, sampleRateHz: spec.sampleRateHz, sampleCount: pieces.map(\.count).max() ?? 1,
        segment: input.segment, mix: spec.mono)
      for piece in pieces {
        let count = min(try stream.read(at: sound.firstSample + piece.lowerBound), piece.count)
        passes.append(try pass(over: stream.samples.span.extracting(..<count), at: piece.lowerBound))
      }
    }
    guard passes.contains(where: { !$0.isSilent }) else {
      throw CodedError(.silent, "only silence in it", path: input.path)
    }
    guard passes.allSatisfy({ $0.logits.allSatisfy(\.isFinite) }) else {
      throw CodedError(.badInput, "the model's output for it is not a number", path: input.path)
    }
    return Heard(
      classification: try classification(of: input, sound, passes),
      sampleCount: passes.map(\.sampleCount).max() ?? 0)
  }

  /// One map and what the network said of it.
  private struct Pass {
    let start: Int
    /// With the silence that was added after a short sound.
    let sampleCount: Int
    let frameCount: Int
    let paddedSeconds: Double
    let isSilent: Bool
    let logits: [Float]
  }

  /// In samples from the beginning of the sound.
  private func pieces(of sampleCount: Int, path: String) throws -> [Range<Int>] {
    if let pieces = cost.pieces(of: sampleCount, least: shortest) { return pieces }
    throw CodedError(
      .tooLarge,
      "not even a piece of \(shortest) frames can be heard within \(MemoryLimit.text(options.maximumByteCount)): --max-memory allows more",
      path: path)
  }

  private func pass(over samples: Span<Float>, at start: Int) throws -> Pass {
    let own = 1 + samples.count / spec.hopLength
    // With silence up to the next length that the network takes.
    guard let sampleCount = model.heardSampleCount(of: samples.count) else {
      throw CodedError(.badInput, "the network takes no map of \(own) frames")
    }
    let stretched = try model.withWindow(sampleCount: sampleCount)
    let map = try FeatureExtractor(try stretched.soundSpec()).map(of: samples)
    let logits = stretched.network.forward(Tensor.stack([stretched.input(map.values)])).logits
    return Pass(
      start: start, sampleCount: sampleCount, frameCount: own, paddedSeconds: map.paddedSeconds,
      isSilent: map.isSilent, logits: logits.values)
  }

  private func classification(
    of input: SoundInput, _ sound: WholeSound, _ passes: [Pass]
  ) throws -> TrackClassification {
    let probabilities = probabilities(passes.map { ($0.logits, $0.frameCount) })
    let start = Double(sound.firstSample) / Double(spec.sampleRateHz)
    let windows = passes.map { pass in
      Timeline.Window(
        startSeconds: start + Double(pass.start) / Double(spec.sampleRateHz),
        length: Double(pass.sampleCount) / Double(spec.sampleRateHz), paddedSeconds: pass.paddedSeconds,
        probabilities: self.probabilities(pass.logits))
    }
    let padded = passes[passes.count - 1].paddedSeconds
    let seconds = Double(passes[0].sampleCount) / Double(spec.sampleRateHz)
    var notes = sound.reading.notes
    if passes.count == 1, PaddedWindow.isMostlyPadding(paddedSeconds: padded, windowSeconds: seconds) {
      notes.append(.mostlyPadding(paddedSeconds: padded, windowSeconds: seconds))
    }
    var result = TrackClassification(
      path: input.path, segment: input.segment, label: model.labels[probabilities.indexOfLargest],
      probabilities: Dictionary(uniqueKeysWithValues: zip(model.labels, probabilities)),
      classes: model.labels, windows: windows, hopSeconds: seconds,
      seconds: Double(sound.sampleCount) / Double(spec.sampleRateHz), paddedSeconds: padded,
      unheardSeconds: nil, isMostlyPadding: notes.contains { $0.code == .mostlyPadding }, notes: notes,
      training: try role(of: input, sound))
    result.wholeTrack = WholeTrackPass(
      pieceCount: passes.count, frameCount: passes.reduce(0) { $0 + $1.frameCount })
    return result
  }

  /// The probabilities of the mean of logits, each counted as many times as it has frames.
  package func probabilities(_ passes: [(logits: [Float], frameCount: Int)]) -> [Double] {
    guard passes.count > 1 else { return probabilities(passes[0].logits) }
    let all = Double(passes.reduce(0) { $0 + $1.frameCount })
    let means = passes[0].logits.indices.map { index in
      Float(passes.reduce(0.0) { $0 + Double($1.logits[index]) * Double($1.frameCount) } / all)
    }
    return probabilities(means)
  }

  /// As windows have it, to the bit.
  private func probabilities(_ logits: [Float]) -> [Double] {
    model.network.architecture.outputFunction.probabilities(Tensor(logits, shape: [1, logits.count])).values
      .map { Double($0) }
  }

  /// What the file was to the model. Training recordings are known by their windows, which are made where their maps are compared.
  private func role(of input: SoundInput, _ sound: WholeSound) throws -> TrainingRole {
    var evidence = TrainingMembership.Evidence(segment: input.segment)
    if membership.overlap.isRecorded { evidence.sound = SoundHash(ofFile: input.path) }
    let known = membership.role(of: evidence)
    guard membership.comparesMaps, known != .trained else { return known }
    if let samples = sound.samples {
      let extractor = try FeatureExtractor(spec)
      let length = spec.sampleCount
      for start in stride(from: 0, to: samples.count, by: length) {
        let count = min(length, samples.count - start)
        // What is left at the end is a window where it is at least half of one.
        guard start == 0 || 2 * count >= length else { break }
        let map = try extractor.map(of: samples.span.extracting(start..<start + count))
        evidence.maps.formUnion(MapHash.ofComputed(map.values))
      }
    } else {
      try SoundWindows(model: model).forEachMap(of: input.path, segment: input.segment) { map, _ in
        evidence.maps.formUnion(MapHash.ofComputed(map))
      }
    }
    return membership.role(of: evidence)
  }
}

extension GenreModel {
  /// Samples of the map over a sound, with the silence that brings it to a length which the network takes; nil where there is none.
  func heardSampleCount(of sampleCount: Int) -> Int? {
    let hop = featureSpec?.hopLength ?? 1
    let own = 1 + sampleCount / hop
    return network.architecture.length(atLeast: own).map { $0 == own ? sampleCount : ($0 - 1) * hop }
  }

  /// Throws ``CodedError`` `usage` for a model that hears windows of one length only.
  func requireAnyLength() throws(CodedError) {
    guard let reason = fixedLengthReason else { return }
    throw CodedError(
      .usage,
      "the model cannot hear a whole track at once: \(reason). Leave --whole out, or train a network that pools over time (head: global-average-pooling)"
    )
  }
}
