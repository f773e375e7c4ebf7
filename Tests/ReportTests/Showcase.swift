import Analysis
import Explanation
import Foundation
import Report
import Statistics
import Tensors

/// A report with maps and sounds that look and sound like something, of any number of errors; equal calls are equal.
struct Showcase {
  var genres = ["Folk", "Hip-Hop", "Electronic"]
  var errorCount = 6
  var correctCount = 24
  /// Rows and columns of the feature map and of the mel map.
  var featureShape = (bins: 20, frames: 130)
  var melShape = (bins: 128, frames: 130)
  var soundCount = 2
  /// Of each sound, and of the time axes.
  var soundSeconds = 3.0
  var title = "Misclassified: a look at the model"

  var pictures: [String: [UInt8]] = [:]
  private(set) var files: [String: [UInt8]] = [:]
  private var state: UInt64 = 7

  static let hostileName = "<script>alert(1)</script>"

  private mutating func random() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / Double(1 << 53)
  }

  private var centers: [Double] {
    (0..<melShape.bins).map { 700 * (pow(10, Double($0 + 1) * 3816 / Double(melShape.bins) / 2595) - 1) }
  }

  mutating func result() throws -> AnalysisResult {
    var predictions: [Prediction] = []
    for index in 0..<errorCount + correctCount {
      let truth = index % genres.count
      let isWrong = index < errorCount
      let heard = isWrong ? (truth + 1 + index / genres.count % (genres.count - 1)) % genres.count : truth
      var probabilities = genres.indices.map { _ in 0.02 + 0.2 * random() }
      probabilities[heard] += isWrong ? 0.6 + 0.6 * random() : 0.5 + random()
      probabilities[truth] += 0.2
      let sum = probabilities.reduce(0, +)
      probabilities = probabilities.map { $0 / sum }
      let name = index == 1 ? Self.hostileName : "Track \(index + 1) of a rather long-winded artist.mp3"
      predictions.append(
        Prediction(
          path: "\(genres[truth])/album-\(index / 4)/\(index).mp3", name: name, label: genres[truth],
          predicted: genres[heard], split: "test", group: "artist \(index / 4)", probabilities: probabilities)
      )
    }
    let correct = predictions.filter(\.isCorrect)
    let sure = predictions.filter { !$0.isCorrect }.sorted { $0.confidence ?? 0 > $1.confidence ?? 0 }
    var result = AnalysisResult(
      title: title, report: try ClassificationReport(predictions: predictions, labels: genres),
      predictions: predictions,
      dataFacts: [
        .init("Data set", "Data"), .init("Split", "test"), .init("Tracks", "\(predictions.count)"),
      ],
      modelFacts: [
        .init("Network", "three-block, input [1, 128, 431]"), .init("Explained by", "grad-cam at conv3"),
      ],
      bandCentersHz: centers,
      ambiguous: Array(correct.sorted { $0.confidence ?? 0 < $1.confidence ?? 0 }.prefix(8)),
      frequencies: frequencies(),
      notes: ["The corpus is synthesised: these figures say nothing about real music."])
    try result.addSections(name: "Artist & album", trainingLabels: genres + ["Folk"])
    for (index, prediction) in sure.enumerated() {
      result.errors.append(try study(prediction, number: index, hasSound: index < soundCount))
    }
    let (features, evidence) = (mel(), blobs(signed: false))
    let scale = ColorScale(.extremes, for: [features])
    let keys = try ["attack-before", "attack-after"].map { try keep($0, MapRaster(features, scale: scale)) }
    let over = try ["attack-evidence-before", "attack-evidence-after"].map {
      try keep($0, MapRaster(MapOverlay(grid: evidence)))
    }
    let added = try keep(
      "attack-added",
      MapRaster(blobs(signed: true), colorMap: .blueWhiteRed, scale: ColorScale(low: -0.3, high: 0.3)))
    result.attacks = [
      AnalysisResult.attack(
        name: "Track 7", feature: features, evidence: evidence, labels: genres, keys: keys + [added] + over)
    ]
    for label in genres {
      guard let track = correct.first(where: { $0.label == label }) else { continue }
      result.typical.append(try study(track, number: 1000 + result.typical.count, hasSound: false))
    }
    return result
  }

  private mutating func frequencies() -> FrequencyEvidence {
    let bootstrap = Bootstrap(resampleCount: 100, seed: 1)
    let samples = (0..<12).map { index in
      FrequencyEvidence.Sample(
        label: genres[index % genres.count], cluster: "\(index)",
        profile: BandProfile(
          map: Tensor(bands(genres[index % genres.count]).map(Float.init), shape: [melShape.bins, 1]),
          bandCentersHz: centers))
    }
    return FrequencyEvidence(
      readings: [
        .init(
          method: "grad-cam", layer: "conv3", quantity: .decibels, samples: samples, labels: genres,
          bootstrap: bootstrap)
      ], sound: FrequencyEvidence.rows(samples, labels: genres, bootstrap: bootstrap), bandCentersHz: centers,
      isExact: true, bootstrap: bootstrap)
  }

  /// Shares by band around a centre of its own for each genre.
  private mutating func bands(_ genre: String) -> [Double] {
    let middle = 0.2 + 0.3 * Double(genres.firstIndex(of: genre) ?? 0)
    let raw = (0..<melShape.bins).map { band in
      exp(-pow((Double(band) / Double(melShape.bins) - middle) / 0.15, 2)) + 0.1 * random()
    }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
  }

  /// Tones with overtones that come and go, over noise: in dB.
  private mutating func mel() -> MapGrid {
    let (bins, frames) = melShape
    let notes = (0..<5).map { _ in (random() * 0.4, random() * 0.9, 0.1 + random() * 0.3) }
    var values = [Float](repeating: 0, count: bins * frames)
    for bin in 0..<bins {
      for frame in 0..<frames {
        let (y, x) = (Double(bin) / Double(bins), Double(frame) / Double(frames))
        var power = 0.004 * (1 - y) + 0.001 * random()
        for (pitch, start, duration) in notes where x >= start && x < start + duration {
          for overtone in 0..<4 {
            power +=
              exp(-pow((y - pitch - 0.14 * Double(overtone)) / 0.012, 2) - 6 * (x - start))
              / Double(overtone + 1)
          }
        }
        if frame % (frames / 8 + 1) < 2 { power += 0.2 * exp(-3 * y) }
        values[bin * frames + frame] = Float(max(10 * log10(power), -60))
      }
    }
    return MapGrid(values: values, binCount: bins, frameCount: frames)
  }

  private mutating func blobs(signed: Bool, bins: Int = 16, frames: Int = 54) -> MapGrid {
    let spots = (0..<4).map { _ in (random(), random(), signed && random() < 0.5 ? -1.0 : 1.0) }
    var values: [Float] = []
    for bin in 0..<bins {
      for frame in 0..<frames {
        let (y, x) = (Double(bin) / Double(bins), Double(frame) / Double(frames))
        values.append(
          Float(
            0.3 * spots.reduce(0) { $0 + $1.2 * exp(-pow((y - $1.0) / 0.15, 2) - pow((x - $1.1) / 0.06, 2)) })
        )
      }
    }
    return MapGrid(values: values, binCount: bins, frameCount: frames)
  }

  private mutating func study(_ prediction: Prediction, number: Int, hasSound: Bool) throws -> TrackStudy {
    let melMap = mel()
    let melScale = ColorScale(.extremes, for: [melMap])
    let melKey = try keep("\(number)-mel", MapRaster(melMap, scale: melScale))
    let features = MapGrid(
      values: (0..<featureShape.bins * featureShape.frames).map { index in
        let row = index / featureShape.frames
        return Float(
          sin(Double(index) * 0.11 + Double(row)) * 2 / Double(row / 4 + 1) + 0.6 * (random() - 0.5))
      }, binCount: featureShape.bins, frameCount: featureShape.frames)
    let scale = ColorScale(.central(0.95), for: [features])
    let featureKey = try keep("\(number)-feature", MapRaster(features, scale: scale))
    var evidence: [TrackStudy.Evidence] = []
    let roles: [(TrackStudy.Evidence.Role, String)] =
      prediction.isCorrect
      ? [(.predicted, prediction.label)]
      : [
        (.predicted, prediction.predicted), (.truth, prediction.label),
        (.contrast, "\(prediction.predicted) rather than \(prediction.label)"),
      ]
    for (role, name) in roles {
      let isSigned = role == .contrast
      let map = blobs(signed: isSigned)
      let overlay =
        isSigned ? MapOverlay(grid: map, colorMap: .blueWhiteRed, rule: .symmetric) : MapOverlay(grid: map)
      let key = try keep("\(number)-\(role.rawValue)", MapRaster(overlay))
      let times = map.timeProfile().map { abs(Double($0)) }
      let sum = times.reduce(0, +)
      evidence.append(
        .init(
          role: role, className: name,
          probability: prediction.probability(of: name, labels: genres) ?? 0,
          overlay: .init(key: key, caption: "Evidence for \(name)"),
          melOverlay: .init(key: key, caption: "Evidence for \(name) on the mel axis"), isSigned: isSigned,
          peak: Double(map.finiteRange?.upperBound ?? 0),
          flags: number == 3 && role == .truth ? ["no-positive-evidence"] : [],
          shares: .init(low: 0.12, middle: 0.17, high: 0.71), bands: bands(prediction.predicted),
          times: times.map { $0 / sum }))
    }
    return TrackStudy(
      prediction: prediction,
      window: .init(startSeconds: 10, seconds: soundSeconds, frameCount: featureShape.frames),
      sentence: prediction.isCorrect
        ? nil
        : "Heard as \(prediction.predicted): 71 % of the evidence above 2 000 Hz, like correct \(prediction.predicted) tracks (68 %), unlike correct \(prediction.label) (22 %).",
      sounds: hasSound ? sounds(number) : nil, waveform: hasSound ? waveform() : [],
      feature: .init(
        name: "MFCC", picture: .init(key: featureKey, caption: "MFCC of \(prediction.name)"),
        rowLabel: "quefrency (MFCC index)",
        ticks: FigureAxis.quefrency(binCount: featureShape.bins).ticks(over: featureShape.bins),
        scale: scale.words(unit: "standard deviations")),
      mel: .init(
        name: "Mel spectrogram",
        picture: .init(key: melKey, caption: "Mel spectrogram of \(prediction.name)"),
        rowLabel: "frequency (Hz)", ticks: FigureAxis.mel(centersHz: centers).ticks(over: melShape.bins),
        scale: melScale.words(unit: "dB")),
      evidence: evidence,
      neighbors: genres.prefix(3).enumerated().map { index, label in
        .init(
          path: "\(label)/\(index).mp3", name: "Training track \(index + 1) with a name.mp3", label: label,
          distance: 0.021 + 0.1 * Double(index), audio: hasSound ? "audio/0-original.wav" : nil)
      })
  }

  private mutating func keep(_ key: String, _ raster: MapRaster) throws -> String {
    pictures[key] = try raster.png()
    return key
  }

  private mutating func waveform() -> [Float] {
    (0..<400).flatMap { column in
      let level = Float(exp(-Double(column % 50) / 20) * (0.4 + 0.6 * random()))
      return [-level, level * 0.9]
    }
  }

  private mutating func sounds(_ number: Int) -> TrackStudy.Sounds {
    let names = ["original", "kept", "removed"].map { "audio/\(number)-\($0).wav" }
    for (index, name) in names.enumerated() {
      files[name] = Self.wave(hertz: 220 * Double(index + 1), seconds: soundSeconds)
    }
    return .init(original: names[0], kept: names[1], removed: names[2])
  }

  /// A tone as WAV, 8 000 Hz, 16 bit.
  static func wave(hertz: Double, seconds: Double) -> [UInt8] {
    let count = Int(8000 * seconds)
    let word = { (value: Int, size: Int) in (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    var bytes = Array("RIFF".utf8) + word(36 + 2 * count, 4) + Array("WAVEfmt ".utf8)
    bytes +=
      word(16, 4) + word(1, 2) + word(1, 2) + word(8000, 4) + word(16_000, 4) + word(2, 2) + word(16, 2)
    bytes += Array("data".utf8) + word(2 * count, 4)
    for index in 0..<count { bytes += word(Int(6000 * sin(2 * .pi * hertz * Double(index) / 8000)), 2) }
    return bytes
  }

  /// Writes page and sounds; gives the page's path.
  mutating func write(to folder: URL, embedsSounds: Bool = false) throws -> String {
    let result = try result()
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("audio"), withIntermediateDirectories: true)
    for (name, bytes) in files { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
    let sounds = embedsSounds ? files.mapValues { EmbeddedSound(bytes: $0, mimeType: "audio/wav") } : [:]
    return try ReportWriter().write(result, pictures: pictures, sounds: sounds, to: folder.path).page
  }
}
