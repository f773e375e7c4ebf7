import Files

/// One entry of a TensorBoard event file, in the protocol buffer encoding of `tensorflow.Event`.
///
/// Source: tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
struct TensorBoardEvent: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    /// The first entry of each file: `brain.Event:2`.
    case fileVersion(String)
    /// A (new) start of the run: what earlier files say of this step and later ones no longer holds.
    case sessionStart
    /// Figures of one step by their tags.
    case scalars([Scalar])
  }

  struct Scalar: Sendable, Equatable {
    let tag: String
    let value: Float
  }

  /// Seconds since 1970.
  let wallTime: Double
  let step: Int64
  let content: Content

  /// The message's bytes. A field is its number and wire type (0 varint, 1 eight bytes, 2 counted bytes, 5 four bytes),
  /// then its value; a step of 0 is left out, as the protocol's own encoders do.
  var message: [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendField(1, fixed: wallTime.bitPattern)
    if step != 0 { bytes.appendField(2, varint: UInt64(bitPattern: step)) }
    switch content {
    case .fileVersion(let version): bytes.appendField(3, counted: Array(version.utf8))
    case .sessionStart:
      var session: [UInt8] = []
      session.appendField(1, varint: 1)
      bytes.appendField(7, counted: session)
    case .scalars(let scalars):
      var summary: [UInt8] = []
      for scalar in scalars {
        var value: [UInt8] = []
        value.appendField(1, counted: Array(scalar.tag.utf8))
        value.appendField(2, fixed: scalar.value.bitPattern)
        summary.appendField(1, counted: value)
      }
      bytes.appendField(5, counted: summary)
    }
    return bytes
  }

  /// The message as a record of a TFRecord file: its length (8 bytes, little-endian), the length's masked checksum, the
  /// message, its masked checksum.
  var record: [UInt8] {
    let message = message
    let length = UInt64(message.count).littleEndianBytes
    return length + CRC32C.masked(length).littleEndianBytes + message
      + CRC32C.masked(message).littleEndianBytes
  }
}

extension FixedWidthInteger {
  fileprivate var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }
}

extension [UInt8] {
  fileprivate mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  fileprivate mutating func appendField(_ number: UInt64, varint value: UInt64) {
    appendVarint(number << 3)
    appendVarint(value)
  }

  fileprivate mutating func appendField(_ number: UInt64, fixed value: UInt64) {
    appendVarint(number << 3 | 1)
    self += value.littleEndianBytes
  }

  fileprivate mutating func appendField(_ number: UInt64, fixed value: UInt32) {
    appendVarint(number << 3 | 5)
    self += value.littleEndianBytes
  }

  fileprivate mutating func appendField(_ number: UInt64, counted bytes: [UInt8]) {
    appendVarint(number << 3 | 2)
    appendVarint(UInt64(bytes.count))
    self += bytes
  }
}
