import Files
import Foundation

/// A reader of TensorBoard's event files that shares nothing with the writer but the checksum, which has tests of its own.
public struct EventFile {
  public struct Damage: Error {}

  public struct Event: Equatable {
    /// Seconds since 1970.
    public let wallTime: Double
    public let step: Int64
    public let content: Content

    public init(wallTime: Double, step: Int64, content: Content) {
      (self.wallTime, self.step, self.content) = (wallTime, step, content)
    }
  }

  public enum Content: Equatable {
    case fileVersion(String)
    case sessionStart
    case scalars([Scalar])
  }

  public struct Scalar: Equatable {
    public let tag: String
    public let value: Float

    public init(tag: String, value: Float) { (self.tag, self.value) = (tag, value) }
  }

  public private(set) var events: [Event] = []

  public init(_ path: String) throws {
    var rest = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))[...]
    while !rest.isEmpty {
      let head = try Self.take(8, &rest)
      guard Self.number(try Self.take(4, &rest)) == UInt64(CRC32C.masked(head)) else { throw Damage() }
      let message = try Self.take(Int(Self.number(head)), &rest)
      guard Self.number(try Self.take(4, &rest)) == UInt64(CRC32C.masked(message)) else { throw Damage() }
      events.append(try Self.event(message))
    }
  }

  private enum Field {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private static func event(_ message: ArraySlice<UInt8>) throws -> Event {
    var (time, step, content) = (0.0, Int64(0), Content.scalars([]))
    for (number, field) in try fields(message) {
      switch (number, field) {
      case (1, .number(let bits)): time = Double(bitPattern: bits)
      case (2, .number(let value)): step = Int64(bitPattern: value)
      case (3, .bytes(let text)): content = .fileVersion(String(decoding: text, as: UTF8.self))
      case (7, .bytes(let session)):
        guard case (1, .number(1))? = try fields(session).first else { throw Damage() }
        content = .sessionStart
      case (5, .bytes(let summary)):
        content = .scalars(
          try fields(summary).map { entry in
            guard case (1, .bytes(let value)) = entry, case (1, .bytes(let tag)) = try fields(value)[0],
              case (2, .number(let bits)) = try fields(value)[1]
            else { throw Damage() }
            return .init(tag: String(decoding: tag, as: UTF8.self), value: Float(bitPattern: UInt32(bits)))
          })
      default: throw Damage()
      }
    }
    return Event(wallTime: time, step: step, content: content)
  }

  private static func fields(_ message: ArraySlice<UInt8>) throws -> [(UInt64, Field)] {
    var (rest, result) = (message, [(UInt64, Field)]())
    while !rest.isEmpty {
      let key = try varint(&rest)
      switch key & 7 {
      case 0: result.append((key >> 3, .number(try varint(&rest))))
      case 1: result.append((key >> 3, .number(number(try take(8, &rest)))))
      case 2:
        let count = Int(try varint(&rest))
        result.append((key >> 3, .bytes(try take(count, &rest))))
      case 5: result.append((key >> 3, .number(number(try take(4, &rest)))))
      default: throw Damage()
      }
    }
    return result
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while let byte = rest.popFirst(), shift < 64 {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Damage()
  }

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= rest.count else { throw Damage() }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
