/// What went wrong with a checkpoint file, in one line that says what and where.
public struct CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// No file at the path.
    public static let missing = Code(rawValue: "missing")
    /// The file is not of the safetensors format, or holds a kind of number that is not read.
    public static let notSafeTensors = Code(rawValue: "not-safetensors")
    /// It is one, but its header contradicts itself or the file.
    public static let damaged = Code(rawValue: "damaged")
    /// A tensor's shape is not what the architecture needs.
    public static let wrongShape = Code(rawValue: "wrong-shape")
    /// Written by a later version of GenreLens.
    public static let futureVersion = Code(rawValue: "future-version")
    /// A tensor or an entry that the model needs is not there.
    public static let missingTensor = Code(rawValue: "missing-tensor")
    /// A finite value that the chosen storage cannot hold.
    public static let outOfRange = Code(rawValue: "out-of-range")
    /// What it describes needs more memory or time than ``MemoryLimit`` allows.
    public static let tooLarge = Code(rawValue: "too-large")
    /// The state of another training than the one that is to go on.
    public static let mismatch = Code(rawValue: "mismatch")
    /// Reading or writing failed.
    public static let inputOutput = Code(rawValue: "input-output")
  }

  public let code: Code
  /// What happened and what to do, without the path.
  public let message: String
  public let path: String
  /// The system's own status (`errno`), where there is one.
  public let underlyingStatus: Int?

  public init(_ code: Code, _ message: String, path: String, underlyingStatus: Int? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.underlyingStatus = underlyingStatus
  }

  public var description: String { "\(path): \(message)" }
}
