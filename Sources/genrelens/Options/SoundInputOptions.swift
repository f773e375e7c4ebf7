import ArgumentParser
import Files
import Foundation
import GenreLens

/// Sound by files, folders, patterns, lists and standard input.
struct SoundInputOptions: ParsableArguments {
  static let filesHelp = ArgumentHelp(
    "Sound files, folders, patterns in quotes, playlists (.m3u, .m3u8), tables with a column path (.csv), or - for names on "
      + "standard input.", valueName: "files")
  static let nullHelp: ArgumentHelp = "Names on standard input end with a zero byte (find -print0)."

  @Argument(help: filesHelp, completion: .file())
  var files: [String]

  @Flag(name: .customLong("null"), help: nullHelp)
  var isNullSeparated = false

  func validate() throws { try Self.validate(files, isNullSeparated: isNullSeparated) }

  static func validate(_ files: [String], isNullSeparated: Bool) throws {
    if isNullSeparated, !files.contains("-") { throw ValidationError("--null belongs to -") }
  }

  /// Finds them; says what was left out.
  ///
  /// - Parameter folder: what lies below it is left out.
  func inputs(leavingOutBelow folder: String? = nil) throws -> SoundInputs {
    try Self.inputs(files, isNullSeparated: isNullSeparated, leavingOutBelow: folder)
  }

  /// The same of names from elsewhere.
  static func inputs(
    _ files: [String], isNullSeparated: Bool, leavingOutBelow folder: String? = nil
  ) throws -> SoundInputs {
    var inputs = try SoundInputs(files, standardInput: standardInput, isNullSeparated: isNullSeparated)
    if let folder { inputs = try inputs.leavingOut(below: folder) }
    for remark in inputs.remarks { Terminal.printError("note: \(remark)") }
    return inputs
  }

  /// The pictures that the names stand for, for a model that takes pictures; says what was left out.
  func pictures() throws -> PictureInputs {
    let inputs = try PictureInputs(
      files, standardInput: Self.standardInput, isNullSeparated: isNullSeparated)
    for remark in inputs.remarks { Terminal.printError("note: \(remark)") }
    return inputs
  }

  private static func standardInput() throws(CodedError) -> [UInt8] {
    do throws(SystemCallError) {
      return try FileSystem.contents(ofDescriptor: STDIN_FILENO, limit: SoundInputs.maximumByteCount)
    } catch {
      throw CodedError(.inputOutput, error.description, path: "standard input")
    }
  }
}
