/// The checked header of a safetensors file: what lies where.
struct SafeTensorsHeader {
  /// The kinds of number that are read.
  enum StoredType: String {
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float64 = "F64"

    var byteCount: Int {
      switch self {
      case .float32: 4
      case .float16, .bfloat16: 2
      case .float64: 8
      }
    }
  }

  /// One tensor's place in the file.
  struct Entry {
    let name: String
    let type: StoredType
    let extents: [Int]
    /// Bytes after the header.
    let range: Range<Int>
  }

  /// Largest header of the format: 100 MB.
  static let maximumByteCount = 100_000_000
  /// More axes than any tensor here has; bounds what a hostile header can cost.
  static let maximumRank = 16
  static let metadataKey = "__metadata__"

  private(set) var metadata: [String: String] = [:]
  /// In the order of their bytes.
  private(set) var entries: [Entry] = []

  /// Parses and checks a header before `dataByteCount` bytes of tensors.
  init(parsing bytes: [UInt8], dataByteCount: Int, path: String) throws(CodedError) {
    guard bytes.first == UInt8(ascii: "{") else {
      throw CodedError(
        .notSafeTensors, "not a safetensors file (its header is not a JSON object)", path: path)
    }
    var scanner = SafeTensorsScanner(bytes)
    var unread: (name: String, type: String)?
    do throws(SafeTensorsScanner.Failure) {
      try parse(&scanner, unread: &unread)
    } catch {
      throw CodedError(
        .damaged, "the checkpoint's header is damaged: \(error.message) at byte \(error.offset)", path: path)
    }
    if let unread {
      let message = "tensor \"\(unread.name)\" has type \(unread.type); F64, F32, F16 and BF16 are read"
      throw CodedError(.notSafeTensors, message, path: path)
    }
    try checkLayout(dataByteCount: dataByteCount, path: path)
  }

  private mutating func parse(
    _ scanner: inout SafeTensorsScanner, unread: inout (name: String, type: String)?
  ) throws(SafeTensorsScanner.Failure) {
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    var foreign: (name: String, type: String)?
    try scanner.object { (scanner, name) throws(SafeTensorsScanner.Failure) in
      if name == Self.metadataKey {
        try scanner.object { (scanner, key) throws(SafeTensorsScanner.Failure) in
          metadata[key] = try scanner.string()
        }
        return
      }
      let (typeName, shape, range) = try Self.tensor(&scanner)
      guard let type = StoredType(rawValue: typeName) else {
        foreign = foreign ?? (name, typeName)
        return
      }
      let (byteCount, overflow) = Self.product(shape + [type.byteCount])
      guard !overflow else { throw scanner.failure("shape \(shape) of \"\(name)\" is too large") }
      guard byteCount == range.count else {
        throw scanner.failure(
          "\"\(name)\" \(shape) \(typeName) needs \(byteCount) bytes and has \(range.count)")
      }
      entries.append(Entry(name: name, type: type, extents: shape, range: range))
    }
    try scanner.end()
    self.metadata = metadata
    self.entries = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    unread = foreign
  }

  private static func tensor(
    _ scanner: inout SafeTensorsScanner
  ) throws(SafeTensorsScanner.Failure) -> (type: String, shape: [Int], range: Range<Int>) {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, key) throws(SafeTensorsScanner.Failure) in
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": shape = try scanner.naturals(limit: maximumRank)
      case "data_offsets": offsets = try scanner.naturals(limit: 2)
      default: throw scanner.failure("unknown key \"\(key)\"")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw scanner.failure("a tensor needs dtype, shape and two data_offsets")
    }
    guard offsets[0] <= offsets[1] else { throw scanner.failure("data_offsets \(offsets) run backwards") }
    return (type, shape, offsets[0]..<offsets[1])
  }

  /// The tensors must follow each other without gap or overlap and cover the rest of the file.
  private func checkLayout(dataByteCount: Int, path: String) throws(CodedError) {
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        let what = entry.range.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap before it"
        throw CodedError(
          .damaged, "the checkpoint is damaged: tensor \"\(entry.name)\" \(what)", path: path)
      }
      end = entry.range.upperBound
    }
    guard end == dataByteCount else {
      let message =
        "the checkpoint is damaged or cut off: its tensors take \(end) bytes, the file has \(dataByteCount)"
      throw CodedError(.damaged, message, path: path)
    }
  }

  private static func product(_ factors: [Int]) -> (value: Int, overflow: Bool) {
    var value = 1
    for factor in factors {
      let (next, overflow) = value.multipliedReportingOverflow(by: factor)
      if overflow { return (0, true) }
      value = next
    }
    return (value, false)
  }
}
