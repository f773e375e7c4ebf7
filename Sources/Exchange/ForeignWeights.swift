import Files

/// Weights in files of other frameworks, which are named as what they are.
enum ForeignWeights {
  /// Throws for a file that another framework has written, with the way in, and for one that cannot be read.
  static func refuse(_ path: String) throws(CodedError) {
    do throws(SystemCallError) { _ = try RegularFile(path: path) } catch {
      throw CodedError(reading: error, path: path)
    }
    if let foreign = ForeignModelFile(path: path) { throw foreign.refusal(path) }
  }
}
