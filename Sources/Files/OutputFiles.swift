import Foundation

/// Makes a folder with all above it; one that is there already is fine.
package func createFolder(_ path: String) throws(CodedError) {
  do { try FileSystem.makeFolder(path) } catch {
    throw CodedError(.inputOutput, "the folder cannot be made", path: path)
  }
}

/// Writes a JSON document with sorted keys, whole or not at all.
package func writeJSON(_ value: some Encodable, to path: String) throws(CodedError) {
  do {
    try AtomicFile.write(try JSONDocument.encode(value) + [UInt8(ascii: "\n")], to: path)
  } catch let error as SystemCallError {
    throw CodedError(.inputOutput, "\(error)", path: path)
  } catch {
    throw CodedError(.inputOutput, "a figure in it is not a number", path: path)
  }
}

/// Writes a text, whole or not at all.
package func writeText(_ text: String, to path: String) throws(CodedError) {
  try writeBytes(Array(text.utf8), to: path)
}

/// Writes bytes, whole or not at all.
func writeBytes(_ bytes: [UInt8], to path: String) throws(CodedError) {
  do throws(SystemCallError) {
    try AtomicFile.write(bytes, to: path)
  } catch {
    throw CodedError(.inputOutput, error.description, path: path)
  }
}
