import Files

// What the system says and what feature files say, as the errors of a data set.

extension CodedError {
  /// What is wrong with the file of feature maps, in a data set's words.
  init(ofFeatureFile error: CodedError) {
    let code: Code =
      switch error.code {
      case .missing: .missing
      case .inputOutput: .inputOutput
      case .unsupported: .incompatible
      case .outOfRange: .outOfRange
      default: .damaged
      }
    self.init(code, error.message, path: error.path, underlyingStatus: error.underlyingStatus)
  }
}
