public import Audio
public import Files

/// The results for many inputs, some of which may have failed.
public struct PartialResults<Value: Sendable>: Sendable {
  /// The successful results, in the order of the inputs.
  public var values: [Value] = []
  /// One for each input that failed, in their order.
  public var failures: [Failure] = []
  /// Notes about inputs that succeeded.
  public var notes: [FileNote] = []

  public init() {}
}
