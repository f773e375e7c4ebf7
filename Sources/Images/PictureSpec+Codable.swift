import Files

/// Keys that are missing take the defaults of ``PictureSpec/init()``; an unknown key or a later version is an error: a misspelt key
/// must not change inputs silently.
extension PictureSpec: Codable {
  enum Key: String, CodingKey, CaseIterable {
    case version, shorterSide, coveredHeight, coveredWidth, resizedHeight, resizedWidth
    case interpolation, resampling, cropHeight, cropWidth, range, channelOrder, mean, deviation
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Throws ``CodedError`` for a later version, an unknown key or values that ``validate()`` refuses, `DecodingError` for wrong
  /// types.
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: Key.self)
    version = try container.decodeIfPresent(Int.self, forKey: .version) ?? version
    if let versionFault { throw versionFault }
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil
    {
      throw CodedError(
        .invalidSpec,
        "unknown key '\(key.stringValue.prefix(64))', known are \(Key.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
    func size(_ height: Key, _ width: Key) throws -> Size? {
      let rows = try container.decodeIfPresent(Int.self, forKey: height)
      let columns = try container.decodeIfPresent(Int.self, forKey: width)
      guard let rows, let columns else {
        if rows == nil, columns == nil { return nil }
        throw CodedError(
          .invalidSpec, "\(height.rawValue) and \(width.rawValue) belong together",
          properties: [height.rawValue, width.rawValue])
      }
      return Size(height: rows, width: columns)
    }
    let exact = try size(.resizedHeight, .resizedWidth)
    let covered = try size(.coveredHeight, .coveredWidth)
    let short = try container.decodeIfPresent(Int.self, forKey: .shorterSide)
    let ways: [(key: Key, resize: Resize?)] = [
      (.shorterSide, short.map { .shorterSide($0) }),
      (.coveredHeight, covered.map { .covering(height: $0.height, width: $0.width) }),
      (.resizedHeight, exact.map { .exact(height: $0.height, width: $0.width) }),
    ]
    let told = ways.filter { $0.resize != nil }
    guard told.count < 2 else {
      let names = told.map(\.key.rawValue)
      throw CodedError(
        .invalidSpec, "\(names[0]) and \(names[1]) exclude each other", properties: Array(names.prefix(2)))
    }
    resize = told.first?.resize ?? resize
    crop = try size(.cropHeight, .cropWidth)
    interpolation = try container.decodeIfPresent(Interpolation.self, forKey: .interpolation) ?? interpolation
    resampling = try container.decodeIfPresent(Resampling.self, forKey: .resampling) ?? resampling
    range = try container.decodeIfPresent(Range.self, forKey: .range) ?? range
    channelOrder = try container.decodeIfPresent(ChannelOrder.self, forKey: .channelOrder) ?? channelOrder
    mean = try container.decodeIfPresent([Float].self, forKey: .mean) ?? mean
    deviation = try container.decodeIfPresent([Float].self, forKey: .deviation) ?? deviation
    try validate()
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(version, forKey: .version)
    switch resize {
    case .none: break
    case .shorterSide(let short): try container.encode(short, forKey: .shorterSide)
    case .covering(let height, let width):
      try container.encode(height, forKey: .coveredHeight)
      try container.encode(width, forKey: .coveredWidth)
    case .exact(let height, let width):
      try container.encode(height, forKey: .resizedHeight)
      try container.encode(width, forKey: .resizedWidth)
    }
    try container.encode(interpolation, forKey: .interpolation)
    try container.encode(resampling, forKey: .resampling)
    try container.encodeIfPresent(crop?.height, forKey: .cropHeight)
    try container.encodeIfPresent(crop?.width, forKey: .cropWidth)
    try container.encode(range, forKey: .range)
    try container.encode(channelOrder, forKey: .channelOrder)
    try container.encode(mean, forKey: .mean)
    try container.encode(deviation, forKey: .deviation)
  }
}
