import Analysis
import Audio
import Explanation
import Features
import Files
import Models
import Tensors

/// Writes the sounds of single tracks: the window, what its explanation keeps of it, and the rest.
struct StudySounds {
  /// What was made of one track.
  struct Made {
    let sounds: TrackStudy.Sounds
    let waveform: [Float]
    /// The same sounds as FLAC, by the WAV file's name.
    let flac: [String: [UInt8]]
  }

  /// Columns of a waveform picture.
  private static let columns = 400
  private let windows: SoundWindows
  private let spec: FeatureSpec
  private let folder: String

  /// Throws for a model that cannot hear sound.
  init(model: GenreModel, folder: String) throws {
    windows = try SoundWindows(model: model)
    spec = try model.soundSpec()
    self.folder = folder
  }

  /// Writes `sounds/NAME-original.wav` and, where there is evidence, `-kept.wav` and `-removed.wav`.
  func make(
    _ path: String, segment: SoundSegment?, at start: Double, view: MelView, name: String
  ) throws -> Made {
    let window = try windows.sound(of: path, segment: segment, at: start)
    try createFolder(folder + "/sounds")
    var flac: [String: [UInt8]] = [:]
    func write(_ sound: Waveform, _ part: String) throws -> String {
      let file = "sounds/\(name)-\(part).wav"
      try sound.writeWAV(to: folder + "/" + file, encoding: .pcm16)
      flac[file] = try sound.encoded(as: .flac, name: file)
      return file
    }
    var sounds = TrackStudy.Sounds(original: try write(window, "original"))
    let mask = SpectralMask(of: view, spec: spec)
    if mask.values.values.contains(where: { $0 > 0 }) {
      let audible = AudibleExplanation(window: window, mask: mask)
      sounds.kept = try write(audible.sound(.kept).waveform, "kept")
      sounds.removed = try write(audible.sound(.removed).waveform, "removed")
    }
    let envelope = window.envelope(columns: Self.columns)
    return Made(
      sounds: sounds,
      waveform: zip(envelope.lows, envelope.highs).flatMap { [$0, $1].map { ($0 * 1000).rounded() / 1000 } },
      flac: flac)
  }
}
