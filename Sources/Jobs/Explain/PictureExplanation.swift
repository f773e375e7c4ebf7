import Explanation
import Files
import Foundation
import Images

/// The contents of `explanation.json` for a picture: the verdict, one explanation, and the names of its pictures and maps.
public struct PictureExplanation: Sendable, Codable, Equatable {
  /// Names relative to the folder of the document.
  public struct Files: Sendable, Codable, Equatable {
    /// The raw signed map at the layer's resolution, `.npy`, row 0 at the top.
    public let map: String
    /// The map that the picture shows, drawn over the upright picture, height x width, `.npy`; 0 where the network does not see it.
    public let upsampled: String
    public let page: String
    /// Pictures in separate files, because there are too many to embed.
    public internal(set) var pagePictures: [String]?
    /// The picture, the evidence over it and beside it.
    public let picture: String
    /// The same as SVG and PDF, if requested.
    public let vectorPictures: [String]

    var all: [String] { [map, upsampled, page, picture] + vectorPictures + (pagePictures ?? []) }
  }

  /// A rectangle in the upright picture, in pixels from its upper left corner.
  public struct Rectangle: Sendable, Codable, Equatable {
    public let left: Double
    public let top: Double
    public let right: Double
    public let bottom: Double

    init(_ region: PictureRegion) {
      (left, top, right, bottom) = (region.left, region.top, region.right, region.bottom)
    }
  }

  /// A connected part that holds much of the evidence.
  public struct Region: Sendable, Codable, Equatable {
    public let rectangle: Rectangle
    /// Its share of the evidence.
    public let share: Double
  }

  /// What the network makes of parts of the picture, the rest in the mean colour: probabilities of the explained class.
  public struct Check: Sendable, Codable, Equatable {
    /// Of what the map marks: each cell kept by its share of the map's maximum.
    public let kept: Double?
    /// Of the rest.
    public let removed: Double?
    /// The class that the rest is seen as.
    public let removedClass: String?
    /// Mean of what the same mask keeps in ``controlCount`` other places, chosen by ``controlSeed``.
    public let control: Double?
    public let controlCount: Int
    public let controlSeed: UInt64
    /// Mean of the mask: how much of the input is kept.
    public let meanMask: Double
    /// The verdict on the map; nil if there is nothing to compare.
    public let finding: MapVerdict?
  }

  public let path: String
  /// What was asked about the picture, of a model that answers questions: the classes are answers then.
  public let question: String?
  /// Words of the question that the model does not know, which were left out; nil if there are none.
  public let unknownWords: [String]?
  /// Size of the upright picture in pixels.
  public let height: Int
  public let width: Int
  /// What of it the network sees; the rest is cropped.
  public let seen: Rectangle
  /// The class with the highest probability.
  public let label: String
  public let probabilities: [String: Double]
  /// Method, class, score and options; its keys are at the same level as the others in the file.
  public let how: ExplanationSetting
  public let layer: String
  /// Warnings, such as `no-positive-evidence` and `map-shows-nothing` (``MapVerdict``).
  public let flags: [String]
  public internal(set) var files: Files
  /// The smallest share of what the network sees that holds half of the evidence; nil without evidence.
  public let halfShare: Double?
  public let regions: [Region]
  public let check: Check
  /// Damages that the decoder passed over.
  public let notes: [String]
  /// The maps of several methods, if others were asked for too.
  public internal(set) var comparison: MethodComparison?

  public var method: String { how.method }
  public var explainedClass: String { how.explainedClass }

  /// ``flags`` as sentences.
  public var flagSentences: [String] {
    flags.map { flag in
      flag == MapVerdict.flag
        ? check.finding?.sentence ?? "This map does not show why." : ExplanationFlag(rawValue: flag).sentence
    }
  }

  /// Where the evidence is, in a sentence; nil without any.
  public var sentence: String? {
    halfShare.map {
      "Half of the evidence of \(method) at \(layer) is in \($0.percentText()) of what the network sees."
    }
  }

  /// Where the evidence is and what the network makes of it, as lines for a terminal.
  public var lines: [String] {
    func line(_ name: String, _ probability: Double?, _ remark: String) -> String {
      let figure = probability.map { String(format: "%5.1f %%", 100 * $0) } ?? "      -"
      return "  " + name.padding(toLength: 17, withPad: " ", startingAt: 0) + "\(figure)  \(remark)"
    }
    guard check.kept != nil else { return [] }
    return [sentence].compactMap(\.self) + [
      "looked at again, probability of \(explainedClass):",
      line("the picture", how.probability, "as it is"),
      line("what is marked", check.kept, "\(check.meanMask.percentText(decimals: 0)) of it kept"),
      line("the rest", check.removed, check.removedClass.map { "seen as \($0)" } ?? ""),
      line(
        "control", check.control,
        "what the same mask keeps in \(check.controlCount) other places, on average"),
    ] + [check.finding?.sentence].compactMap(\.self)
  }

  var allFiles: [String] { files.all + (comparison?.allFiles ?? []) }

  private enum CodingKeys: String, CodingKey {
    case path, question, unknownWords, height, width, seen, label, probabilities, layer, flags, files,
      halfShare, regions, check, notes, comparison
  }
}

extension PictureExplanation {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      path: try container.decode(String.self, forKey: .path),
      question: try container.decodeIfPresent(String.self, forKey: .question),
      unknownWords: try container.decodeIfPresent([String].self, forKey: .unknownWords),
      height: try container.decode(Int.self, forKey: .height),
      width: try container.decode(Int.self, forKey: .width),
      seen: try container.decode(Rectangle.self, forKey: .seen),
      label: try container.decode(String.self, forKey: .label),
      probabilities: try container.decode([String: Double].self, forKey: .probabilities),
      how: try ExplanationSetting(from: decoder),
      layer: try container.decode(String.self, forKey: .layer),
      flags: try container.decode([String].self, forKey: .flags),
      files: try container.decode(Files.self, forKey: .files),
      halfShare: try container.decodeIfPresent(Double.self, forKey: .halfShare),
      regions: try container.decode([Region].self, forKey: .regions),
      check: try container.decode(Check.self, forKey: .check),
      notes: try container.decode([String].self, forKey: .notes),
      comparison: try container.decodeIfPresent(MethodComparison.self, forKey: .comparison))
  }

  public func encode(to encoder: any Encoder) throws {
    try how.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encodeIfPresent(question, forKey: .question)
    try container.encodeIfPresent(unknownWords, forKey: .unknownWords)
    try container.encode(height, forKey: .height)
    try container.encode(width, forKey: .width)
    try container.encode(seen, forKey: .seen)
    try container.encode(label, forKey: .label)
    try container.encode(probabilities, forKey: .probabilities)
    try container.encode(layer, forKey: .layer)
    try container.encode(flags, forKey: .flags)
    try container.encode(files, forKey: .files)
    try container.encodeIfPresent(halfShare, forKey: .halfShare)
    try container.encode(regions, forKey: .regions)
    try container.encode(check, forKey: .check)
    try container.encode(notes, forKey: .notes)
    try container.encodeIfPresent(comparison, forKey: .comparison)
  }
}
