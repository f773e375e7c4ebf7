import Files

/// Writes a file that appears whole or not at all: `fill` writes into it, then it gets its name.
func writeWhole(
  to path: String, _ fill: (inout AtomicFile) throws(AudioError) -> Void
) throws(AudioError) {
  var file: AtomicFile
  do throws(SystemCallError) { file = try AtomicFile(path: path) } catch {
    throw AudioError(error, path: path)
  }
  try fill(&file)
  do throws(SystemCallError) { try file.publish() } catch { throw AudioError(error, path: path) }
}

extension AudioError {
  init(_ error: SystemCallError, path: String) {
    self.init(unwritable: error.words, error.status, path: path)
  }

  init(unwritable reason: String, _ code: Int32, path: String) {
    self.init(.inputOutput, "cannot be written: \(reason)", path: path, underlyingStatus: Int(code))
  }
}
