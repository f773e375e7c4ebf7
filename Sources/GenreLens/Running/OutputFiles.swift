import Foundation
import Tensors

/// Makes a folder with all above it; one that is there already is fine.
func createFolder(_ path: String) throws(GenreLensError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw GenreLensError(.inputOutput, "the folder cannot be made", path: path)
  }
}

/// Writes a JSON document with sorted keys, whole or not at all.
func writeJSON(_ value: some Encodable, to path: String) throws(GenreLensError) {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  do {
    try Data(encoder.encode(value) + [UInt8(ascii: "\n")]).write(
      to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw GenreLensError(.inputOutput, "cannot be written: \(error.localizedDescription)", path: path)
  }
}

/// Writes a text, whole or not at all.
func writeText(_ text: String, to path: String) throws(GenreLensError) {
  do throws(SystemCallError) {
    var file = try AtomicFile(path: path)
    try file.append(text)
    try file.publish()
  } catch {
    throw GenreLensError(.inputOutput, error.description, path: path)
  }
}
