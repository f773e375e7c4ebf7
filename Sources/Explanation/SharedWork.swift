import Files
import Synchronization

/// What was worked out once and serves all who ask for it again, by a name that says what it is.
final class SharedWork: Sendable {
  private let values = Mutex<[String: any Sendable]>([:])

  /// The value of that name; the first who asks makes it.
  func value<Value: Sendable>(
    _ name: String, _ make: () throws(CodedError) -> Value
  ) throws(CodedError) -> Value {
    if let known = values.withLock({ $0[name] }) as? Value { return known }
    let made = try make()
    values.withLock { $0[name] = made }
    return made
  }

  /// As ``value(_:_:)`` where nothing can fail.
  func value<Value: Sendable>(_ name: String, certain make: () -> Value) -> Value {
    if let known = values.withLock({ $0[name] }) as? Value { return known }
    let made = make()
    values.withLock { $0[name] = made }
    return made
  }
}
