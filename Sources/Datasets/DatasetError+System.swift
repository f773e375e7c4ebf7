import Files
import Tensors

// What the system says and what feature files say, as the errors of a data set.

extension DatasetError {
  init(_ error: NumpyError) {
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

  init(_ error: SystemCallError, path: String) {
    self.init(.inputOutput, error.description, path: path, underlyingStatus: Int(error.status))
  }
}
