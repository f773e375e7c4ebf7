import Files
import Foundation

/// Makes a folder with all above it; one that is there already is fine.
func createFolder(_ path: String) throws(GenreLensError) {
  do { try FileSystem.makeFolder(path) } catch {
    throw GenreLensError(.inputOutput, "the folder cannot be made", path: path)
  }
}

/// Writes a JSON document with sorted keys, whole or not at all.
func writeJSON(_ value: some Encodable, to path: String) throws(GenreLensError) {
  do {
    try AtomicFile.write(try JSONDocument.encode(value) + [UInt8(ascii: "\n")], to: path)
  } catch let error as SystemCallError {
    throw GenreLensError(.inputOutput, "\(error)", path: path)
  } catch {
    throw GenreLensError(.inputOutput, "a figure in it is not a number", path: path)
  }
}

/// Writes a text, whole or not at all.
func writeText(_ text: String, to path: String) throws(GenreLensError) {
  try writeBytes(Array(text.utf8), to: path)
}

/// Writes bytes, whole or not at all.
func writeBytes(_ bytes: [UInt8], to path: String) throws(GenreLensError) {
  do throws(SystemCallError) {
    try AtomicFile.write(bytes, to: path)
  } catch {
    throw GenreLensError(.inputOutput, error.description, path: path)
  }
}
