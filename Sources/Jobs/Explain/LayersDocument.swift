import Analysis
public import Audio
import Datasets
import Explanation
import Features
import Files
import Models
import Report
import Tensors

/// The contents of `explanation.json` for all layers: one window explained at each convolution.
public struct LayersDocument: Sendable, Codable, Equatable {
  /// One layer's map.
  public struct Layer: Sendable, Codable, Equatable {
    public let name: String
    /// The raw signed map at the layer's resolution, `.npy`, row 0 = feature bin 0.
    public let map: String
    /// The largest raw value that the picture shows.
    public let maximum: Double
    /// The distribution of its evidence on the mel axis.
    public let frequencies: FrequencySummary
    public let flags: [String]
  }

  /// The sound file, or the recording of a feature file.
  public let path: String
  /// The section of the file that was heard; nil is the whole file.
  public let segment: SoundSegment?
  /// The verdict over the whole track.
  public let track: ExplanationDocument.Track
  /// The explained window of it.
  public let explainedWindow: ExplanationDocument.Window
  /// Method, class, score and options; its keys are at the same level as the others in the file.
  public let how: ExplanationSetting
  /// From the input to the output.
  public let layers: [Layer]
  /// The upper end of the colour scale shared by all layers; it begins at 0.
  public let scaleMaximum: Double
  /// Names relative to the folder of the document: PNG first.
  public let pictures: [String]
  /// The verdict, the track over time and the explained window with every layer's map as one HTML page, relative to the folder.
  public let page: String
  /// Pictures in separate files, because there are too many to embed.
  public internal(set) var pagePictures: [String]?
  /// The last layer's explanation as sound, if requested.
  public let sounds: SoundSummary?
  /// The position of the last layer's evidence in time and frequency.
  public let evidence: EvidenceSummary
  /// Its regions as a table, and as annotations for other programs.
  public let evidenceFiles: [String]
  /// Where the window starts in the track.
  public let startSeconds: Double
  /// Problems noticed in the file, as in ``ExplanationDocument/notes``.
  public let notes: [AudioNote]

  /// The flags of one of ``layers`` as sentences.
  public func flagSentences(of layer: Layer) -> [String] {
    layer.flags.map { FlagWords.sentence($0, sounds: sounds) }
  }

  /// All files, relative to the folder of the document.
  var allFiles: [String] {
    pictures + layers.map(\.map) + [page] + (pagePictures ?? []) + (sounds?.files ?? []) + evidenceFiles
  }

  /// The results of the sounds, as lines for a terminal; none without sounds.
  public var soundLines: [String] {
    sounds?.lines(explaining: how.explainedClass, probability: how.probability) ?? []
  }

  private enum CodingKeys: String, CodingKey {
    case path, segment, track, explainedWindow, layers, scaleMaximum, pictures, page, pagePictures, sounds,
      evidence, evidenceFiles, startSeconds, notes
  }
}

extension LayersDocument {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      path: try container.decode(String.self, forKey: .path),
      segment: try container.decodeIfPresent(SoundSegment.self, forKey: .segment),
      track: try container.decode(ExplanationDocument.Track.self, forKey: .track),
      explainedWindow: try container.decode(
        ExplanationDocument.Window.self, forKey: .explainedWindow),
      how: try ExplanationSetting(from: decoder),
      layers: try container.decode([Layer].self, forKey: .layers),
      scaleMaximum: try container.decode(Double.self, forKey: .scaleMaximum),
      pictures: try container.decode([String].self, forKey: .pictures),
      page: try container.decode(String.self, forKey: .page),
      pagePictures: try container.decodeIfPresent([String].self, forKey: .pagePictures),
      sounds: try container.decodeIfPresent(SoundSummary.self, forKey: .sounds),
      evidence: try container.decode(EvidenceSummary.self, forKey: .evidence),
      evidenceFiles: try container.decode([String].self, forKey: .evidenceFiles),
      startSeconds: try container.decode(Double.self, forKey: .startSeconds),
      notes: try container.decodeIfPresent([AudioNote].self, forKey: .notes) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    try how.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encodeIfPresent(segment, forKey: .segment)
    try container.encode(track, forKey: .track)
    try container.encode(explainedWindow, forKey: .explainedWindow)
    try container.encode(layers, forKey: .layers)
    try container.encode(scaleMaximum, forKey: .scaleMaximum)
    try container.encode(pictures, forKey: .pictures)
    try container.encode(page, forKey: .page)
    try container.encodeIfPresent(pagePictures, forKey: .pagePictures)
    try container.encodeIfPresent(sounds, forKey: .sounds)
    try container.encode(evidence, forKey: .evidence)
    try container.encode(evidenceFiles, forKey: .evidenceFiles)
    try container.encode(startSeconds, forKey: .startSeconds)
    try container.encode(notes, forKey: .notes)
  }
}
