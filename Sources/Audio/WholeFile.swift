import Files

/// Writes a file that appears whole or not at all: `fill` writes into it, then it gets its name.
func writeWhole(
  to path: String, _ fill: (inout AtomicFile) throws(CodedError) -> Void
) throws(CodedError) {
  var file: AtomicFile
  do throws(SystemCallError) { file = try AtomicFile(path: path) } catch {
    throw CodedError(unwritable: error, path: path)
  }
  try fill(&file)
  do throws(SystemCallError) { try file.publish() } catch { throw CodedError(unwritable: error, path: path) }
}

extension CodedError {
  init(unwritable error: SystemCallError, path: String) {
    self.init(unwritable: error.words, error.status, path: path)
  }

  init(unwritable reason: String, _ code: Int32, path: String) {
    self.init(.inputOutput, "cannot be written: \(reason)", path: path, underlyingStatus: Int(code))
  }
}
