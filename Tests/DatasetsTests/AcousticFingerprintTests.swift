import Audio
import Features
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand, .property)) struct AcousticFingerprintTests {
  /// Notes of random pitch and length with overtones, at 5 512 Hz: sound that changes, as music does.
  static func music(seconds: Double, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    var samples = [Float](repeating: 0, count: Int(seconds * 5_512))
    for voice in 0..<4 {
      var start = 0
      while start < samples.count {
        let length = 800 + generator.index(below: 2_500)
        let pitch = 200 * pow(2, Double(generator.index(below: 25)) / 12) * Double(1 + voice % 2)
        for index in start..<min(samples.count, start + length) {
          let time = Double(index - start)
          let level = exp(-time / 1_500) * 0.1
          for partial in 1...3 {
            samples[index] += Float(
              level / Double(partial) * sin(2 * .pi * pitch * Double(partial) * time / 5_512))
          }
        }
        start += length
      }
    }
    return samples
  }

  func print(_ samples: [Float]) throws -> AcousticFingerprint {
    try AcousticFingerprint(Waveform(samples: samples, sampleRateHz: 5_512))
  }

  /// The definition, band by band, on a map that is known.
  @Test func bitsAreSignsOfGrowth() throws {
    let noise = (0..<5_512).map { index in Float(sin(Double(index * index) * 1e-3)) * 0.3 }
    let found = try print(noise)
    var spec = FeatureSpec()
    (spec.kind, spec.binCount, spec.melBandCount, spec.sampleRateHz, spec.sampleCount) = (
      .melDecibels, 33, 33, 5_512, 5_512
    )
    (spec.hopLength, spec.minimumHz, spec.maximumHz, spec.topDecibels) = (256, 300, 2_000, nil)
    let map = try FeatureExtractor(spec).map(of: Waveform(samples: noise, sampleRateHz: 5_512)).values
    #expect(found.words.count == 21 && map.shape == [33, 22])
    for (frame, word) in found.words.enumerated() {
      for band in 0..<32 {
        let before = map[band, frame] - map[band + 1, frame]
        let after = map[band, frame + 1] - map[band + 1, frame + 1]
        #expect((word >> UInt32(band) & 1 == 1) == (after > before))
      }
    }
  }

  @Test func copiesAreNearAndOthersFar() throws {
    let sound = Self.music(seconds: 12, seed: 1)
    let original = try print(sound)
    // Another level, and noise 30 dB below.
    var generator = SeededGenerator(seed: 5)
    let noisy = sound.map { 0.3 * ($0 + 0.003 * (generator.uniform() - 0.5)) }
    #expect(original.distance(to: try print(noisy), offset: 0).share < 0.1)
    let other = try print(Self.music(seconds: 12, seed: 2))
    for offset in [-40, 0, 3, 100] {
      #expect(abs(original.distance(to: other, offset: offset).share - 0.5) < 0.1)
    }
    #expect(original.distance(to: original, offset: 0) == (0, original.words.count))
    #expect(original.distance(to: original, offset: 10_000) == (1, 0))
    #expect(try print([Float](repeating: 0, count: 20_000)).words.allSatisfy { $0 == 0 })
    #expect(try print([]).words.isEmpty)
  }

  @Test func overlappingExcerptsAreFoundAmongOthers() throws {
    let song = Self.music(seconds: 30, seed: 3)
    let start = 9 * 5_512 + 128
    // Cut half a frame away from the other's frames.
    let excerpts = [Array(song.prefix(17 * 5_512)), Array(song[start...])]
    var prints: [AcousticFingerprint?] = try (10..<22).map { try print(Self.music(seconds: 15, seed: $0)) }
    prints[5] = nil
    prints.insert(try print(excerpts[0]), at: 2)
    prints.append(try print(excerpts[1]))
    let matches = SimilarSounds.matches(prints)
    #expect(matches.map { [$0.first, $0.second] } == [[2, 13]])
    let match = try #require(matches.first)
    #expect(abs(match.shift - 9) < 0.05 && abs(match.seconds - 8) < 0.3 && match.distance < 0.2)
    // The same in the other order.
    let turned = try #require(SimilarSounds.matches([prints[13], prints[2]]).first)
    #expect(abs(turned.shift + 9) < 0.05 && turned.distance == match.distance)
    // Four seconds in common are too few.
    #expect(try SimilarSounds.matches([print(excerpts[0]), print(Array(song[(13 * 5_512)...]))]).isEmpty)
  }

  @Test func silenceMatchesNothing() throws {
    let silent = try print([Float](repeating: 0, count: 100_000))
    #expect(SimilarSounds.matches([silent, silent, nil]).isEmpty)
  }

  /// Through the check: a clip and its MP3 in two splits.
  @Test func encodedCopyIsALeak() throws {
    let folder = try TemporaryFolder()
    let sound = SyntheticSound.samples(count: 44_100 * 8)
    let music = Self.music(seconds: 10, seed: 8)
    // Samples held eight times: 44 096 Hz, near enough for the copy and its original alike.
    let wide = music.flatMap { sample in Array(repeating: sample, count: 8) }
    try Waveform(samples: wide, sampleRateHz: 44_100).writeWAV(to: folder["a.wav"])
    try #require(writeMP3(wide, to: folder["b.mp3"]))
    try Waveform(samples: sound, sampleRateHz: 44_100).writeWAV(to: folder["c.wav"])
    try folder.write(
      "path,label,split,group\na.wav,A,train,1\nb.mp3,A,test,2\nc.wav,B,train,3\nc2.wav,B,test,4\n",
      to: "x.csv")
    try Waveform(samples: Self.music(seconds: 60, seed: 9), sampleRateHz: 5_512).writeWAV(
      to: folder["c2.wav"])
    var check = DatasetCheck()
    (check.windowSeconds, check.fewClips) = (1, 1)
    let dataset = try Dataset.load(folder["x.csv"])
    #expect(try check.run(dataset).isFit)
    check.findsSimilar = true
    let report = try check.run(dataset)
    let leak = try #require(report.findings.first { $0.severity == .error })
    #expect(leak.code == .similarLeak && leak.items.count == 1 && !report.isFit)
    #expect(leak.items[0].contains("a.wav [A, train] ~ "))
  }
}
