import Audio
import Features
import Files
import Foundation
import TestSupport
import Testing

/// Channels that cancel in their mean, and the mixes that do without it.
@Suite(.tags(.hand)) struct ChannelMixTests {
  private static let spec: FeatureSpec = {
    var spec = FeatureSpec.mfcc20
    spec.sampleCount = 11_025
    return spec
  }()

  /// A file of one second at 22 050 Hz.
  private func file(_ channels: [[Int16]]) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "channels-\(UUID().uuidString).wav")
    let frames = channels[0].indices.flatMap { frame in channels.map { $0[frame] } }
    try wavFile(frames, channels: channels.count).write(to: path)
    return path.path
  }

  private static let sound = SyntheticSound.integers(count: 22_050)
  private static func inverted(_ gain: Double) -> [Int16] {
    sound.map { Int16((-gain * Double($0)).rounded()) }
  }

  private func maps(_ path: String, _ mono: ChannelMix = .mean) throws -> (
    maps: [FeatureMap], notes: [AudioNote]
  ) {
    var spec = Self.spec
    spec.mono = mono
    var maps: [FeatureMap] = []
    let reading = try FeatureExtractor(spec).forEachMap(ofAudibleFile: path, windows: .all) {
      maps.append($0)
    }
    return (maps, reading.notes)
  }

  /// The mean of s and -g s is (1 - g) / 2 of s: 46 dB below for 0.99, 32 for 0.95. From 30 dB on it is
  /// taken for what is left of the sound.
  @Test(arguments: [1, 0.995, 0.99, 0.95]) func oppositePhaseIsRefusedAndTheOptionNamed(gain: Double) throws {
    let path = try file([Self.sound, Self.inverted(gain)])
    #expect { _ = try maps(path) } throws: {
      let error = $0 as? CodedError
      return error?.code == .channelsCancel && error?.message.contains("--mono loudest") == true
    }
  }

  /// 26 dB below is a note, 12 dB is how stereo is.
  @Test func partlyCancellingIsANote() throws {
    #expect(try maps(try file([Self.sound, Self.inverted(0.9)])).notes.map(\.code) == [.channelsCancel])
    #expect(try maps(try file([Self.sound, Self.inverted(0.5)])).notes.isEmpty)
    #expect(try maps(try file([Self.sound, Self.sound])).notes.isEmpty)
  }

  @Test func sixChannels() throws {
    let none = [Int16](repeating: 0, count: Self.sound.count)
    let opposite = try file([Self.sound, Self.inverted(1), none, none, Self.inverted(1), Self.sound])
    #expect { _ = try maps(opposite) } throws: { ($0 as? CodedError)?.code == .channelsCancel }
    // Sound in one of six: 16 dB below, and all there.
    let single = try file([none, none, Self.sound, none, none, none])
    #expect(try maps(single).notes.isEmpty)
    #expect(try maps(single, .loudest).maps.map(\.values) == maps(try file([Self.sound])).maps.map(\.values))
  }

  @Test func silenceIsSilence() throws {
    let none = [Int16](repeating: 0, count: 22_050)
    #expect { _ = try maps(try file([none, none])) } throws: { ($0 as? CodedError)?.code == .silent }
  }

  @Test func aChosenChannelIsThatChannel() throws {
    let other = SyntheticSound.integers(count: 22_050, seed: 5).map { $0 / 2 }
    let path = try file([other, Self.sound])
    let (left, right) = (try maps(try file([other])).maps, try maps(try file([Self.sound])).maps)
    #expect(try maps(path, .left).maps.map(\.values) == left.map(\.values))
    #expect(try maps(path, .right).maps.map(\.values) == right.map(\.values))
    #expect(try maps(path, .loudest).maps.map(\.values) == right.map(\.values))
    for mix in ChannelMix.allCases {
      #expect(try maps(try file([other]), mix).maps.map(\.values) == left.map(\.values), "\(mix) of mono")
    }
  }

  /// One channel for all windows of a file, also where the other is louder for a while.
  @Test func theLoudestIsThatOfTheWholeFile() throws {
    let half = Self.sound.count / 2
    let early = Self.sound.enumerated().map { $0 < half ? $1 / 4 : 0 }
    let late = Self.sound.enumerated().map { $0 < half ? $1 / 16 : $1 }
    let path = try file([early, late])
    #expect(try maps(path, .loudest).maps.map(\.values) == maps(try file([late])).maps.map(\.values))
    var first = Self.spec
    first.mono = .loudest
    #expect(
      try FeatureExtractor(first).maps(ofFile: path)[0].values == maps(path, .loudest).maps[0].values)
    let reading = try FeatureExtractor(first).forEachMap(ofFile: path, recordsContent: true) { _ in }
    // All of the file decided, so all of it must be the same.
    #expect(reading.contentKey == ContentKey(ofWholeFile: path))
  }

  @Test func specsOfTheMeanAreWhatTheyWere() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let mean = String(decoding: try encoder.encode(Self.spec), as: UTF8.self)
    #expect(!mean.contains("mono"))
    var spec = Self.spec
    spec.mono = .loudest
    let data = try encoder.encode(spec)
    #expect(String(decoding: data, as: UTF8.self).contains("\"mono\":\"loudest\""))
    #expect(try JSONDecoder().decode(FeatureSpec.self, from: data) == spec && spec != Self.spec)
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(FeatureSpec.self, from: Data("{\"mono\": \"centre\"}".utf8))
    }
  }
}
