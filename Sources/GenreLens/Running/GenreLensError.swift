/// What went wrong in a whole job, where no single module's error says it.
public struct GenreLensError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Options that do not go together or have no meaning.
    public static let usage = Code(rawValue: "usage")
    /// A file that is there but cannot be used.
    public static let badInput = Code(rawValue: "bad-input")
    /// Feature maps that are not, or may not be, what the model hears.
    public static let otherFeatures = Code(rawValue: "other-features")
    /// A file or folder that is not there.
    public static let missing = Code(rawValue: "missing")
    /// The system does not give the memory that is needed.
    public static let noMemory = Code(rawValue: "no-memory")
    /// Writing failed.
    public static let inputOutput = Code(rawValue: "input-output")
    /// A training's loss stopped being a number before there was a result.
    public static let diverged = Code(rawValue: "diverged")
    /// Another process is writing the same output.
    public static let busy = Code(rawValue: "busy")
    /// Stopped by the user before there was a result.
    public static let interrupted = Code(rawValue: "interrupted")
  }

  public let code: Code
  /// What happened and what to do, without the path.
  public let message: String
  /// The file or folder it is about; empty where there is none.
  public let path: String

  public init(_ code: Code, _ message: String, path: String = "") {
    self.code = code
    self.message = message
    self.path = path
  }

  public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
