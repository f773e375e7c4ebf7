import Foundation

extension TrainingRecordings: Codable {
  private enum CodingKeys: String, CodingKey { case version, train, valid, store }

  /// Recordings of a part that are believed: more than anybody has, and no product of it overflows.
  fileprivate static let mostRecordings = 1 << 32

  /// Reads versions 1 and 2. Version 1 has one map of each recording, in 64 bits, and neither segments nor rows.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let version = try values.decode(Int.self, forKey: .version)
    guard (1...2).contains(version) else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: values, debugDescription: "only versions 1 and 2 are known")
    }
    store = version == 1 ? nil : try values.decodeIfPresent(Store.self, forKey: .store)
    if let store, !(0...1 << 48).contains(store.count) {
      throw DecodingError.dataCorruptedError(
        forKey: .store, in: values, debugDescription: "a feature file of \(store.count) maps")
    }
    train = try Part(from: values.superDecoder(forKey: .train), version: version, rowCount: store?.count ?? 0)
    valid = try Part(from: values.superDecoder(forKey: .valid), version: version, rowCount: store?.count ?? 0)
  }

  /// Writes version 2.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(2, forKey: .version)
    try values.encodeIfPresent(store, forKey: .store)
    try train.encode(to: values.superEncoder(forKey: .train))
    try valid.encode(to: values.superEncoder(forKey: .valid))
  }
}

extension TrainingRecordings.Part {
  private enum CodingKeys: String, CodingKey { case count, withoutSound, sounds, stretches, maps, rows }

  fileprivate init(from decoder: any Decoder, version: Int, rowCount: Int) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func damaged(_ key: CodingKeys, _ why: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: values, debugDescription: why)
    }
    func bytes(_ key: CodingKeys, size: Int) throws -> [UInt8] {
      guard let data = Data(base64Encoded: try values.decode(String.self, forKey: key)),
        data.count % size == 0
      else { throw damaged(key, "not base64 of numbers of \(size) bytes") }
      return Array(data)
    }
    func records(_ key: CodingKeys, size: Int) throws -> [ArraySlice<UInt8>] {
      let all = try bytes(key, size: size)
      return stride(from: 0, to: all.count, by: size).map { all[$0..<$0 + size] }
    }
    self.init(
      count: try values.decode(Int.self, forKey: .count),
      withoutSound: try values.decode(Int.self, forKey: .withoutSound),
      sounds: Set(try records(.sounds, size: 8).map(UInt64.init(littleEndianBytes:))))
    let isFirst = version == 1
    maps = Set(
      try records(.maps, size: isFirst ? 8 : TrainingRecordings.mapHashBits / 8).map {
        UInt64(littleEndianBytes: $0) >> (isFirst ? 64 - TrainingRecordings.mapHashBits : 0)
      })
    var segmentCount = 0
    if !isFirst {
      for record in try records(.stretches, size: 16) {
        let numbers = [record.prefix(8), record.dropFirst(8).prefix(4), record.dropFirst(12)].map(
          UInt64.init(littleEndianBytes:))
        let stretch = TrainingRecordings.Stretch(start: UInt32(numbers[1]), end: UInt32(numbers[2]))
        guard stretch.start < stretch.end else {
          throw damaged(.stretches, "a segment that ends before it begins")
        }
        stretches[numbers[0], default: []].insert(stretch)
        segmentCount += 1
      }
      guard let rows = Self.rows(try bytes(.rows, size: 1), below: rowCount) else {
        throw damaged(.rows, "not rows of a feature file of \(rowCount)")
      }
      self.rows = rows
    }
    guard (0...TrainingRecordings.mostRecordings).contains(count), (0...count).contains(withoutSound),
      sounds.count + segmentCount + withoutSound <= count,
      maps.count <= count * (isFirst ? 1 : TrainingRecordings.mapsPerRecording)
    else { throw damaged(.count, "counts that contradict each other") }
  }

  fileprivate func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func text(_ bytes: some Sequence<UInt8>) -> String { Data(bytes).base64EncodedString() }
    try values.encode(count, forKey: .count)
    try values.encode(withoutSound, forKey: .withoutSound)
    try values.encode(text(sounds.sorted().flatMap { $0.bytes(8) }), forKey: .sounds)
    let segments = stretches.sorted { $0.key < $1.key }.flatMap { sound, stretches in
      stretches.sorted().flatMap { sound.bytes(8) + UInt64($0.start).bytes(4) + UInt64($0.end).bytes(4) }
    }
    try values.encode(text(segments), forKey: .stretches)
    let width = TrainingRecordings.mapHashBits / 8
    try values.encode(text(maps.sorted().flatMap { $0.bytes(width) }), forKey: .maps)
    try values.encode(text(Self.bytes(ofRows: rows)), forKey: .rows)
  }

  /// Sorted rows as differences from the row before (the first from -1), seven bits a byte, the lowest first, the eighth bit
  /// set in all bytes of a number but its last.
  private static func bytes(ofRows rows: Set<Int>) -> [UInt8] {
    var (bytes, last) = ([UInt8](), -1)
    for row in rows.sorted() {
      var difference = UInt64(row - last)
      while difference > 0x7F {
        bytes.append(UInt8(difference & 0x7F | 0x80))
        difference >>= 7
      }
      bytes.append(UInt8(difference))
      last = row
    }
    return bytes
  }

  /// nil for bytes that are no such rows below `count`.
  private static func rows(_ bytes: [UInt8], below count: Int) -> Set<Int>? {
    var (rows, last) = (Set<Int>(), -1)
    var (difference, shift) = (0, 0)
    for byte in bytes {
      // A row has at most 48 bits.
      guard shift < 49 else { return nil }
      difference |= Int(byte & 0x7F) << shift
      shift += 7
      guard byte < 0x80 else { continue }
      guard difference > 0, difference < count - last else { return nil }
      last += difference
      rows.insert(last)
      (difference, shift) = (0, 0)
    }
    return shift == 0 ? rows : nil
  }
}

extension UInt64 {
  fileprivate init(littleEndianBytes bytes: some BidirectionalCollection<UInt8>) {
    self = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Its lowest bytes, the lowest first.
  fileprivate func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }
}
