public import Audio
public import Files

/// What came of many inputs, of which single ones may have failed.
public struct PartialResults<Value: Sendable>: Sendable {
  /// What came out well, in the order of the inputs.
  public var values: [Value] = []
  /// One for each input that failed, in their order.
  public var failures: [Failure] = []
  /// What was noticed about inputs that came out well.
  public var notes: [FileNote] = []

  public init() {}
}
