import Analysis
import Files
import Foundation

/// A sound as bytes, to be embedded in the page.
public struct EmbeddedSound: Sendable, Hashable {
  /// A whole file.
  public var bytes: [UInt8]
  /// The media type, such as `audio/flac`.
  public var mimeType: String

  public init(bytes: [UInt8], mimeType: String) { (self.bytes, self.mimeType) = (bytes, mimeType) }
}

/// Where the page's pictures and sounds are: inside it or beside it.
///
/// Sounds leave the page first when the whole would pass the limit, pictures only when they pass it alone.
struct PageMedia: Sendable {
  let pictures: PagePictures
  private let sounds: [String: EmbeddedSound]
  /// Whether any track has a sound that the page does not hold.
  let hasSoundsBeside: Bool
  /// What the page says about files beside it.
  let remark: String

  /// The media of an error report.
  init(
    _ result: AnalysisResult, pictures: [String: [UInt8]], sounds: [String: EmbeddedSound] = [:],
    limitBytes: Int
  ) throws(CodedError) {
    try self.init(
      soundFiles: result.studies.flatMap { $0.sounds?.files ?? [] },
      pictureKeys: ReportPage.usedPictures(result), pictures: pictures, sounds: sounds, limitBytes: limitBytes
    )
  }

  /// `limitBytes` counts what pictures and sounds take as text in the page. Throws when a picture is missing.
  ///
  /// - Parameters:
  ///   - soundFiles: what the page plays, relative to it.
  ///   - pictureKeys: what it shows, in its order, with repeats.
  init(
    soundFiles: [String], pictureKeys keys: [String], pictures: [String: [UInt8]],
    sounds: [String: EmbeddedSound], limitBytes: Int
  ) throws(CodedError) {
    let wanted = Set(soundFiles)
    let held = sounds.filter { wanted.contains($0.key) }
    let soundBytes = held.values.reduce(0) { $0 + ($1.bytes.count + 2) / 3 * 4 }
    let pictureBytes = try PagePictures.embeddedBytes(keys, pictures: pictures)
    let holdsPictures = pictureBytes <= limitBytes
    let holdsSounds = holdsPictures && pictureBytes + soundBytes <= limitBytes
    self.pictures = try PagePictures(used: keys, pictures: pictures, embeds: holdsPictures)
    self.sounds = holdsSounds ? held : [:]
    let soundsHeld = self.sounds
    hasSoundsBeside = wanted.contains { soundsHeld[$0] == nil }
    remark = Self.remark(
      pictures: !holdsPictures, sounds: hasSoundsBeside, isTooLarge: !holdsSounds && !held.isEmpty)
  }

  private static func remark(pictures: Bool, sounds: Bool, isTooLarge: Bool) -> String {
    switch (pictures, sounds) {
    case (true, true):
      "Pictures and sounds lie beside this page, since together they are too large for one file: keep the folder whole."
    case (true, false):
      "The pictures lie beside this page in the folder pictures, since together they are too large for one file."
    case (false, true):
      isTooLarge
        ? "This page holds its pictures; the sounds lie beside it, since together they are too large for one file."
        : "This page holds its pictures; the sounds lie beside it."
    case (false, false): "This page holds all its pictures and sounds."
    }
  }

  /// Where a sound is; its path is relative to the page.
  func sound(_ path: String) -> String {
    guard let sound = sounds[path] else { return relativeAddress(path) }
    return "data:\(sound.mimeType);base64," + Data(sound.bytes).base64EncodedString()
  }
}
