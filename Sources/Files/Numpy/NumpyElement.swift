/// How one number is stored in a `.npy` file (little-endian), named as NumPy names it.
public enum NumpyElement: String, Sendable, CaseIterable {
  case float32 = "<f4"
  case float16 = "<f2"
  case float64 = "<f8"
  case uint8 = "|u1"
  case int8 = "|i1"
  case int16 = "<i2"
  case uint16 = "<u2"
  case int32 = "<i4"
  case int64 = "<i8"

  /// The largest number that float16 holds.
  public static let largestFloat16: Float = 65504

  /// Bytes of one number.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8: 1
    case .float16, .int16, .uint16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }
}
