import Analysis
import Audio
import Features
import Files
import Foundation
import Report

/// What a page plays of a whole track, and its outline.
struct WholeTrackSound {
  /// Columns of the waveform.
  private static let columns = 1200
  /// Samples of its columns at first.
  private static let narrowestColumn = 32
  /// Bytes of the sound file up to which the page holds it as it is, and seconds up to which it holds it as FLAC.
  private static let (heldBytes, heldSeconds) = (20_000_000, 900.0)

  /// How long it is.
  let seconds: Double
  /// Smallest and largest sample of each column, in turn.
  let waveform: [Float]
  /// What the page calls it; nil where it plays none.
  let name: String?
  /// What the page holds; nil where that is a file beside it, or nothing.
  let held: EmbeddedSound?

  /// Nothing of a feature file. Else reads the whole file, of which FLAC and WAV go into the page as they are. Of others, and of damaged files, the sound as it was
  /// heard: in MP3 a browser's seek was found up to 81 ms off, and the playhead would not fit what it stands for.
  ///
  /// - Parameter folder: where the page will be, and links are relative to.
  init(of question: TrackQuestion, spec: FeatureSpec, folder: String) throws {
    guard question.source.hasSound else {
      (seconds, waveform, name, held) = (0, [], nil, nil)
      return
    }
    let path = question.source.path
    let sound = try Self.sound(path, spec: spec)
    (seconds, waveform) = (sound.seconds, sound.waveform)
    guard question.request.writesSounds else {
      (name, held) = (nil, nil)
      return
    }
    // Where the page does not hold the sound, this is its address.
    let link = relativeLink(to: path, from: folder)
    if question.track.notes.allSatisfy({ $0.code == .mostlyPadding || $0.code == .silentWindows }),
      let type = Self.mimeTypes[fileExtension(path)],
      let status = FileSystem.status(path), status.st_size <= Self.heldBytes
    {
      held = EmbeddedSound(bytes: try FileSystem.contents(path), mimeType: type)
    } else if let samples = sound.samples {
      held = EmbeddedSound(bytes: try samples.encoded(as: .flac), mimeType: "audio/flac")
    } else {
      held = nil
    }
    name = held == nil ? link : link ?? "whole-track"
  }

  private static let mimeTypes = ["flac": "audio/flac", "wav": "audio/wav"]

  /// A whole sound.
  private struct Whole {
    var seconds = 0.0
    /// Smallest and largest sample of each column, in turn.
    var waveform: [Float] = []
    /// nil where it is too long to keep.
    var samples: Waveform?
  }

  /// Reads a file to its end. Its length is known only there, so columns begin narrow and become one with their neighbours when
  /// they are too many: 1200 to 2400 of them, fewer of a sound below two seconds.
  private static func sound(_ path: String, spec: FeatureSpec) throws -> Whole {
    var stream = try WindowStream(
      path: path, sampleRateHz: spec.sampleRateHz, sampleCount: narrowestColumn, mix: spec.mono)
    var (outline, column) = ([(low: Float, high: Float)](), narrowestColumn)
    var (samples, keeps, count) = ([Float](), true, 0)
    while try stream.read(at: count) > 0 {
      let part = stream.samples[..<stream.count]
      let (low, high) = (part.min() ?? 0, part.max() ?? 0)
      if count % column == 0 {
        outline.append((low, high))
      } else {
        let last = outline.count - 1
        outline[last] = (min(outline[last].low, low), max(outline[last].high, high))
      }
      count += stream.count
      if outline.count == 2 * columns, count == outline.count * column {
        outline = stride(from: 0, to: outline.count, by: 2).map {
          (min(outline[$0].low, outline[$0 + 1].low), max(outline[$0].high, outline[$0 + 1].high))
        }
        column *= 2
      }
      keeps = Double(count) <= heldSeconds * Double(spec.sampleRateHz)
      if keeps { samples += part } else { samples = [] }
    }
    return Whole(
      seconds: Double(count) / Double(spec.sampleRateHz),
      waveform: outline.flatMap { [$0.low, $0.high].map { ($0 * 1000).rounded() / 1000 } },
      samples: keeps ? Waveform(samples: samples, sampleRateHz: spec.sampleRateHz) : nil)
  }
}
