import ArgumentParser
import Files
import Foundation
import GenreLens

/// Sound by files, folders, patterns, lists and standard input.
struct SoundInputArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Sound files, folders, patterns in quotes, playlists (.m3u, .m3u8), tables with a column path (.csv), or - for names on "
        + "standard input.", valueName: "files"), completion: .file())
  var files: [String]

  @Flag(name: .customLong("null"), help: "Names on standard input end with a zero byte (find -print0).")
  var isNullSeparated = false

  func validate() throws {
    if isNullSeparated, !files.contains("-") { throw ValidationError("--null belongs to -") }
  }

  /// Finds them; says what was left out.
  ///
  /// - Parameter folder: what lies below it is left out.
  func inputs(leavingOutBelow folder: String? = nil) throws -> SoundInputs {
    var inputs = try SoundInputs(
      files, standardInput: Self.standardInput, isNullSeparated: isNullSeparated)
    if let folder { inputs = try inputs.leavingOut(below: folder) }
    for remark in inputs.remarks { Terminal.printError("note: \(remark)") }
    return inputs
  }

  private static func standardInput() throws(DatasetError) -> [UInt8] {
    do throws(SystemCallError) {
      return try FileSystem.contents(ofDescriptor: STDIN_FILENO, limit: SoundInputs.maximumByteCount)
    } catch {
      throw DatasetError(.inputOutput, error.description, path: "standard input")
    }
  }
}
