/// A file that others may read while it grows by whole pieces.
///
/// It begins whole (under a temporary name, then renamed). A piece that could not be written to its end is taken away
/// again, so that the file ends where a piece ends; a process that is killed leaves what it had written until then.
package struct GrowingFile: Sendable {
  package let path: String
  package private(set) var byteCount: Int

  /// Replaces what is there. Throws ``CodedError`` `inputOutput`.
  package init(path: String, beginning: [UInt8]) throws(CodedError) {
    do {
      var file = try AtomicFile(path: path)
      try file.append(beginning)
      try file.publish()
      self.path = file.path
    } catch {
      throw CodedError(.inputOutput, "\(error)", path: path)
    }
    byteCount = beginning.count
  }

  /// Adds a piece. Throws ``CodedError`` `inputOutput`; the file is then as it was, as far as the system lets it.
  package mutating func append(_ bytes: [UInt8]) throws(CodedError) {
    do throws(SystemCallError) {
      var file = try AtomicFile(workingPath: path, keeping: byteCount, isThere: true)
      do throws(SystemCallError) { try file.append(bytes) } catch {
        try? file.truncate(toByteCount: byteCount)
        throw error
      }
    } catch {
      throw CodedError(.inputOutput, error.description, path: path)
    }
    byteCount += bytes.count
  }
}
