import Audio
package import Features
import Files
import Foundation
package import Models
import Networks
import Tensors

/// The feature maps of one window of a sound file, unchanged and under each change. Made anew on each thread.
package struct ChangedMaps {
  /// A change that could not be made, and why.
  package struct Skip: Error, Sendable {
    let code: String
    let reason: String
  }

  /// Standardised maps `[F, T]`.
  package struct Maps: Sendable {
    let original: Tensor
    /// One for each change.
    let changed: [Result<Tensor, Skip>]
  }

  /// A window of a sound file.
  package struct Place: Sendable {
    let path: String
    let startSeconds: Double
    /// The stretch of the file beyond which nothing is heard.
    var segment: SoundSegment?
  }

  package let model: GenreModel
  package let changes: [SoundChange]
  private let extractor: FeatureExtractor
  private var spec: FeatureSpec { extractor.spec }

  package init(model: GenreModel, changes: [SoundChange]) throws {
    (self.model, self.changes) = (model, changes)
    let spec = try model.soundSpec()
    guard model.network.inputShape == [1, spec.binCount, spec.frameCount] else {
      throw CodedError(
        .badInput,
        "the model's features are \(spec.binCount) x \(spec.frameCount), its network takes \(model.network.inputShape)"
      )
    }
    extractor = try FeatureExtractor(spec)
  }

  /// Of one window. Throws for a file that cannot be read and a silent window.
  package func maps(of place: Place, seed: UInt64) throws -> Maps {
    let (path, sound) = (place.path, try read(place))
    let window = part(of: sound, from: 0, count: spec.sampleCount)
    let original = try extractor.map(of: window)
    guard !original.isSilent else { throw CodedError(.silent, "only silence in the window", path: path) }
    var encoded: Result<InterleavedSound, any Error>?
    let changed = changes.map { change -> Result<Tensor, Skip> in
      do {
        if case .mp3(let bitRate) = change {
          let whole = encoded ?? Result { try interleaved(place) }
          encoded = whole
          return .success(try input(decoded(whole.get(), of: place, bitRate: bitRate)))
        }
        return .success(try input(changedWindow(of: sound, window: window, change, seed: seed)))
      } catch let skip as Skip {
        return .failure(skip)
      } catch {
        let failure = Failure(error)
        return .failure(Skip(code: failure.code, reason: Self.reason(failure, path: path)))
      }
    }
    return Maps(original: model.normalization.apply(to: original.values), changed: changed)
  }

  /// The message without the path, so that equal reasons are counted together.
  private static func reason(_ failure: Failure, path: String) -> String {
    failure.message.hasPrefix(path + ": ")
      ? String(failure.message.dropFirst(path.count + 2)) : failure.message
  }

  // MARK: - Sound

  /// As much sound as any change needs, at the features' rate, cut out of the whole file as for every other window.
  private func read(_ place: Place) throws -> Waveform {
    let longest = changes.map { neededCount(for: $0) }.max() ?? 0
    var stream = try WindowStream(
      path: place.path, sampleRateHz: spec.sampleRateHz, sampleCount: max(spec.sampleCount, longest),
      segment: place.segment, mix: spec.mono)
    return try stream.waveform(atSeconds: place.startSeconds)
  }

  /// Samples from the window's start on that a change needs.
  private func neededCount(for change: SoundChange) -> Int {
    let seconds = min(change.startSeconds, 3_600)
    let rest = Int((Double(spec.sampleCount) * change.rate).rounded(.up))
    return Int((seconds * Double(spec.sampleRateHz)).rounded()) + rest
  }

  private func part(of sound: Waveform, from start: Int, count: Int) -> Waveform {
    let start = min(start, sound.samples.count)
    return Waveform(
      samples: Array(sound.samples[start..<min(start + count, sound.samples.count)]),
      sampleRateHz: sound.sampleRateHz)
  }

  private func changedWindow(
    of sound: Waveform, window: Waveform, _ change: SoundChange, seed: UInt64
  ) throws -> Waveform {
    guard change.rate != 1 || change.startSeconds > 0 else {
      return try window.changed(by: change, seed: seed)
    }
    guard window.samples.count == spec.sampleCount, sound.samples.count >= neededCount(for: change) else {
      throw Skip(code: "too-short", reason: "too little sound after the window")
    }
    let source = part(of: sound, from: 0, count: neededCount(for: change))
    return try source.changed(by: change, seed: seed)
  }

  private func input(_ sound: Waveform) throws -> Tensor {
    model.normalization.apply(to: try extractor.map(of: sound).values)
  }

  // MARK: - MP3

  /// Whole seconds before the window that are encoded with it, so that its beginning is not that of a file: 1 where there are.
  private func lead(of place: Place) -> Int {
    min(1, Int(place.startSeconds - (place.segment?.startSeconds ?? 0)))
  }

  /// The window with a little of what is around it, as the file has it, at its own rate and with its channels, so that the
  /// encoder works as it would on the file. What MP3 does not take (other rates, more than two channels) is brought to mono
  /// at 44 100 Hz.
  private func interleaved(_ place: Place) throws -> InterleavedSound {
    let start = place.startSeconds - Double(lead(of: place))
    // A tenth of a second after the window: the resampler hears it.
    let end = min(
      place.startSeconds + spec.seconds + 0.1, place.segment?.endSeconds ?? .infinity)
    var reader = try AudioReader(path: place.path, mix: spec.mono)
    let (rate, channels, chosen) = (reader.sampleRateHz, reader.channelCount, reader.channel)
    guard SoundEncoding.mp3SampleRatesHz.contains(rate), channels <= 2 else {
      var stream = try WindowStream(
        reader, sampleRateHz: 44_100, sampleCount: max(1, Int(((end - start) * 44_100).rounded(.up))))
      return InterleavedSound(try stream.waveform(atSeconds: start))
    }
    if start > 0 { try reader.seek(toSeconds: start) }
    let frames = Int(((end - start) * Double(rate)).rounded(.up))
    var samples: [Float] = []
    var block = [Float](repeating: 0, count: 65_536 * channels)
    while samples.count < frames * channels {
      var span = block.mutableSpan
      let got = try reader.readInterleaved(into: &span)
      if got == 0 { break }
      samples += block[..<min(got * channels, frames * channels - samples.count)]
    }
    guard let chosen, channels > 1 else {
      return InterleavedSound(samples: samples, channelCount: channels, sampleRateHz: rate)
    }
    let mono = stride(from: chosen, to: samples.count, by: channels).map { samples[$0] }
    return InterleavedSound(samples: mono, channelCount: 1, sampleRateHz: rate)
  }

  /// Encoded, decoded, mixed and resampled as any file is; then the window is cut out.
  private func decoded(_ sound: InterleavedSound, of place: Place, bitRate: Int) throws -> Waveform {
    let bytes = try sound.encoded(as: .mp3(bitRate: bitRate), name: place.path)
    var stream = try WindowStream(
      AudioReader(bytes: bytes, name: place.path), sampleRateHz: spec.sampleRateHz,
      sampleCount: spec.sampleCount)
    guard try stream.read(at: lead(of: place) * spec.sampleRateHz) > 0 else {
      throw Skip(code: "empty", reason: "nothing is left of it")
    }
    return Waveform(samples: Array(stream.samples[..<stream.count]), sampleRateHz: spec.sampleRateHz)
  }
}
