import Analysis
import Audio
import Explanation
import Features
import Models
import Tensors

/// Writes the sounds of one explanation and hears them again.
struct SoundWriting {
  /// Copies of the mask in the control.
  private static let controlCount = 8
  private static let controlSeed: UInt64 = 1

  private let audible: AudibleExplanation
  private let windows: SoundWindows
  private let model: GenreModel
  private let classIndex: Int
  private let folder: String
  private let isWhole: Bool

  /// Reads the window's sound again. Throws for a file that cannot be read.
  init(
    _ explanation: ClassExplanation, _ view: MelView, of window: ExplainedWindow, folder: String
  ) throws {
    (model, classIndex, self.folder) = (window.model, explanation.classIndex, folder)
    isWhole = window.request.isWhole
    windows = try SoundWindows(model: window.model)
    audible = AudibleExplanation(
      window: try windows.sound(of: window.path, segment: window.segment, at: window.map.startSeconds),
      mask: SpectralMask(of: view, spec: window.map.spec))
  }

  /// Writes the files. Throws for a folder that cannot be written.
  func run() throws -> SoundSummary {
    let mask = audible.mask.values
    try NumpyFile.write(mask, to: folder + "/sound-mask.npy")
    try audible.window.writeWAV(to: folder + "/original.wav", encoding: .pcm16)
    var summary = SoundSummary(
      mask: "sound-mask.npy",
      meanMask: mask.values.reduce(0) { $0 + Double($1) } / Double(mask.count),
      restDecibels: audible.restDecibels, sampleRateHz: audible.window.sampleRateHz,
      original: "original.wav",
      kept: try write(.kept), removed: try write(.removed), highlighted: try write(.highlighted),
      control: try control())
    summary.isWholeTrack = isWhole ? true : nil
    summary.finding = summary.finding(explaining: model.labels[classIndex])
    return summary
  }

  private func write(_ part: AudibleExplanation.Part) throws -> SoundSummary.Sound {
    let (sound, name) = (audible.sound(part), part.rawValue + ".wav")
    try sound.waveform.writeWAV(to: folder + "/" + name, encoding: .pcm16)
    let heard = try probabilities(of: .load(path: folder + "/" + name, sampleRateHz: nil))
    return SoundSummary.Sound(
      file: name, energyShare: sound.energyShare, gainDecibels: sound.gainDecibels,
      probabilities: heard.map { Dictionary(uniqueKeysWithValues: zip(model.labels, $0)) })
  }

  /// nil for silence, which is no sound to classify.
  private func probabilities(of sound: Waveform) throws -> [Double]? {
    guard sound.peak > 0 else { return nil }
    return model.probabilities([try windows.map(of: sound).values]).values.map { Double($0) }
  }

  private func control() throws -> SoundSummary.Control {
    var generator = SeededGenerator(seed: Self.controlSeed)
    let shape = audible.mask.values.shape
    var found: [Double] = []
    for _ in 0..<Self.controlCount {
      let place = (generator.index(below: shape[0]), generator.index(below: shape[1]))
      let other = audible.mask.rolled(bands: place.0, frames: place.1)
      if let heard = try probabilities(of: audible.sound(through: other).waveform) {
        found.append(heard[classIndex])
      }
    }
    return SoundSummary.Control(
      count: Self.controlCount, seed: Self.controlSeed,
      probability: found.isEmpty ? nil : found.reduce(0, +) / Double(found.count))
  }
}
