import Analysis
import Audio
import Datasets
import Explanation
import Features
import Files
import Foundation
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Tracks that are heard in one pass, without windows.
@Suite(.tags(.hand, .property)) struct WholeTrackTests {
  /// Attention over frames behind a learned token, which the logits read.
  static func attention() throws -> GenreModel {
    var nodes: [Architecture.Node] = [
      .init("rows", Squeeze(axes: [0]), inputs: ["input"]),
      .init("frames", Transpose(order: [1, 0]), inputs: ["rows"]),
      .init("flatFrames", Reshape([Axis(.token, -1), Axis(.feature, 20)]), inputs: ["frames"]),
      .init("embedded", Dense(outputCount: 8), inputs: ["flatFrames"]),
      .init("class", StoredValue([Axis(.token, 1), Axis(.feature, 8)]), inputs: []),
      .init("tokens", Concat(axis: 0), inputs: ["class", "embedded"]),
    ]
    let layer = TransformerLayer("layer", width: 8, headCount: 2, hiddenCount: 12, dropout: 0)
    nodes += layer.nodes(reading: "tokens")
    nodes += [
      .init("first", Slice(axis: 0, start: 0, end: 1), inputs: [layer.outputName]),
      .init("flat", Flatten(), inputs: ["first"]), .init("logits", Dense(outputCount: 3), inputs: ["flat"]),
    ]
    var architecture = Architecture(
      name: "attention",
      inputs: [.init("input", [Axis(.channel, 1), Axis(.frequency, 20), Axis(.time, 44)])], nodes: nodes)
    architecture.tokensBeforeTime = 1
    return try WholeTrack.model(architecture)
  }

  /// As float32, so that what is read is what was made.
  static func file(_ samples: [Float]) throws -> String {
    let path = try temporaryFolder() + "/noise.wav"
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
    return path
  }

  static func hear(
    _ path: String, _ model: GenreModel, bytes: Double = 1e9
  ) throws -> TrackClassification {
    var options = ScoringOptions()
    options.wholeTrack = WholeTrackOptions(maximumByteCount: bytes)
    let batch = try model.classify([path], options: options)
    if let failure = batch.failures.first { throw failure }
    return try #require(batch.values.first)
  }

  private static func values(_ track: TrackClassification) -> [Float] {
    track.classes.map { Float(track.probabilities[$0] ?? -1) }
  }

  @Test func aTrackOfOneWindowIsHeardAsTheWindow() throws {
    let (model, path) = (try WholeTrack.pooled(), try Self.file(WholeTrack.samples(22_050)))
    let whole = try Self.hear(path, model)
    let windowed = try #require(try model.classify([path]).values.first)
    #expect(whole.probabilities == windowed.probabilities && whole.windows == windowed.windows)
    #expect(whole.wholeTrack == WholeTrackPass(pieceCount: 1, frameCount: 44))
    #expect(windowed.wholeTrack == nil && windowed.unitWords == "1 window")
    #expect(whole.unitWords == "the whole track in one pass")
  }

  @Test func allFramesAreInThePass() throws {
    let model = try WholeTrack.pooled()
    let samples = WholeTrack.samples(83_333)
    let track = try Self.hear(try Self.file(samples), model)
    #expect(track.wholeTrack == WholeTrackPass(pieceCount: 1, frameCount: 1 + 83_333 / 512))
    #expect(track.windows.count == 1 && track.windows[0].startSeconds == 0)
    #expect(track.windows[0].endSeconds == 83_333.0 / 22_050 && track.paddedSeconds == 0)
    let own = softmax(try WholeTrack.logits(samples, model)).values
    expectClose(Self.values(track), own, absolute: 1e-6)
    // The mean over windows is another number: that the last 0.8 s count too can be seen.
    let windowed = try #require(try model.classify([try Self.file(samples)]).values.first)
    #expect(windowed.probabilities != track.probabilities)
  }

  /// What is cut, and how it is joined.
  @Test func piecesAreJoinedByTheirFrames() throws {
    let model = try WholeTrack.pooled()
    let samples = WholeTrack.samples(100_000)
    let cost = WholeTrackCost(model, kind: .inference, limit: 1e9)
    let third = try #require(cost.byteCount(sampleCount: 66 * 512))
    let track = try Self.hear(try Self.file(samples), model, bytes: third)
    // 196 hops: 65, 65 and 66 of them.
    let cuts = [0, 65 * 512, 130 * 512, 100_000]
    let pieces = try zip(cuts, cuts.dropFirst()).map { first, end in
      (try WholeTrack.logits(Array(samples[first..<end]), model).values, 1 + (end - first) / 512)
    }
    let frames = pieces.reduce(0) { $0 + $1.1 }
    #expect(track.wholeTrack == WholeTrackPass(pieceCount: 3, frameCount: frames))
    #expect(track.windows.map(\.startSeconds) == cuts.dropLast().map { Double($0) / 22_050 })
    let means = (0..<3).map { index in
      pieces.reduce(Float(0)) { $0 + $1.0[index] * Float($1.1) } / Float(frames)
    }
    expectClose(Self.values(track), softmax(means), absolute: 1e-6)
    #expect(track.unitWords.hasPrefix("the whole track in 3 equal pieces"))
    // Of a head that is linear after the mean, that is nearly the one pass; the frames beside the cuts differ.
    expectClose(Self.values(track), Self.values(try Self.hear(try Self.file(samples), model)), absolute: 0.01)
  }

  @Test(arguments: [1, 511, 22_050, 1_234_567]) func piecesCoverTheSoundAndFit(sampleCount: Int) throws {
    let model = try WholeTrack.pooled()
    var last = 0
    for bytes in [1e9, 8e6, 3e6, 1e6, 3e5] {
      let cost = WholeTrackCost(model, kind: .inference, limit: bytes)
      guard let pieces = cost.pieces(of: sampleCount, least: 4) else {
        #expect(!cost.fits(sampleCount: min(sampleCount, 3 * 512)), "\(bytes)")
        continue
      }
      #expect(pieces[0].lowerBound == 0 && pieces[pieces.count - 1].upperBound == sampleCount)
      #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(pieces.allSatisfy { cost.fits(sampleCount: $0.count) && !$0.isEmpty })
      let lengths = pieces.dropLast().map(\.count)
      #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 512)
      #expect(pieces.count >= last, "less memory, fewer pieces")
      if pieces.count > 1 {
        let fewer = ((sampleCount + 511) / 512 + pieces.count - 2) / (pieces.count - 1) * 512
        #expect(!cost.fits(sampleCount: pieces.count == 2 ? sampleCount : fewer), "one piece less fits too")
      }
      last = pieces.count
    }
    #expect(sampleCount < 1_000_000 || last > 10)
  }

  @Test func aPassThatNeverFitsIsRefused() throws {
    let (model, path) = (try WholeTrack.pooled(), try Self.file(WholeTrack.samples(30_000)))
    let error = #expect(throws: Failure.self) { try Self.hear(path, model, bytes: 20_000) }
    #expect(error?.code == "too-large" && error?.status == .badData)
    #expect(error?.message.contains("not even a piece of 4 frames") == true)
  }

  /// Pooling needs 4 frames: 3 hops.
  @Test func aShorterSoundIsPaddedAndSaidToBe() throws {
    let model = try WholeTrack.pooled()
    let track = try Self.hear(try Self.file(WholeTrack.samples(600)), model)
    #expect(track.paddedSeconds == Double(3 * 512 - 600) / 22_050 && track.isMostlyPadding)
    #expect(track.notes.map(\.code) == [.mostlyPadding] && track.seconds == 600.0 / 22_050)
    let long = try Self.hear(try Self.file(WholeTrack.samples(3 * 512)), model)
    #expect(long.paddedSeconds == 0 && !long.isMostlyPadding)
  }

  @Test func silenceIsRefused() throws {
    let path = try Self.file([Float](repeating: 0, count: 50_000))
    let error = #expect(throws: Failure.self) { try Self.hear(path, try WholeTrack.pooled()) }
    #expect(error?.code == "silent")
  }

  @Test func aDenseHeadIsRefusedWithItsReason() throws {
    var options = ScoringOptions()
    options.wholeTrack = WholeTrackOptions()
    let (model, path) = (try WholeTrack.pooled(.flatten), try Self.file(WholeTrack.samples(22_050)))
    let error = #expect(throws: CodedError.self) { try model.classify([path], options: options) }
    #expect(error?.code == .usage)
    #expect(error?.message.contains("layer 'dense1': it reads a fixed number of frames") == true)
    options.hopSeconds = 1
    #expect(throws: CodedError.self) { try options.validate() }
  }

  /// A checkpoint whose architecture has a free time axis hears windows and whole tracks like the one without.
  @Test func aCheckpointWithAFreeAxis() throws {
    let model = try WholeTrack.pooled()
    let folder = try temporaryFolder()
    try model.wholeTrack.write(to: folder + "/free.safetensors")
    let free = try GenreModel(path: folder + "/free.safetensors")
    #expect(free.network.architecture.inputs[0].free == [.time] && free.acceptsAnyLength)
    let path = try Self.file(WholeTrack.samples(70_000))
    #expect(try Self.hear(path, free).probabilities == Self.hear(path, model).probabilities)
    let windows = try [free, model].map { try ($0).classify([path]).values.map(\.windows) }
    #expect(windows[0] == windows[1] && windows[0].first?.count == 3)
  }

  /// No convolution and no pooling: a token that reads all frames.
  @Test func attentionHearsAnyLength() throws {
    let model = try Self.attention()
    #expect(model.fixedLengthReason == nil && model.shortestFrameCount == 1)
    let samples = WholeTrack.samples(70_000)
    let track = try Self.hear(try Self.file(samples), model)
    #expect(track.wholeTrack?.frameCount == 137)
    expectClose(Self.values(track), softmax(try WholeTrack.logits(samples, model)).values, absolute: 1e-6)
    // The last frames count.
    let (all, most) = (
      try WholeTrack.logits(samples, model),
      try WholeTrack.logits(samples.enumerated().map { $0.offset < 68_000 ? $0.element : 0 }, model)
    )
    #expect(all != most)
    let explainer = Explainer(try model.withWindow(sampleCount: 70_000))
    var generator = SeededGenerator(seed: 1)
    let input = Tensor((0..<20 * 137).map { _ in generator.normal() }, shape: [20, 137])
    for method: any ExplanationMethod in [AttentionRollout(), AttentionMap(), TagContribution()] {
      let found = try explainer.explain(input, method: method)
      #expect(found.signedMap.shape == [1, 137] && found.upsampledMap.shape == [20, 137], "\(method.name)")
    }
  }
}
