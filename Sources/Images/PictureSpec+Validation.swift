public import Files
import Tensors

extension PictureSpec {
  /// Longest side that can be asked for.
  static let maximumSide = 16_384

  /// Throws ``CodedError`` (`futureVersion`, `invalidSpec`) for the first invalid value; its `properties` name it.
  public func validate() throws(CodedError) {
    if let fault { throw fault }
  }

  /// What ``validate()`` throws; nil where all is well.
  var fault: CodedError? {
    versionFault ?? sizeFault ?? channelFault(.mean, mean) ?? channelFault(.deviation, deviation)
      ?? (deviation.contains(0) ? invalid(.deviation, "deviation is \(deviation), must not be 0") : nil)
      ?? (isFinite
        ? nil
        : invalid(.deviation, "mean \(mean) and deviation \(deviation) give numbers that are not finite"))
  }

  /// Whether black and white are finite numbers in each channel.
  private var isFinite: Bool {
    let white: Float = range == .unit ? 1 : 255
    return zip(mean, deviation).allSatisfy { mean, deviation in
      [0, white].allSatisfy { (($0 - mean) / deviation).isFinite }
    }
  }

  var versionFault: CodedError? {
    guard !(1...Self.currentVersion).contains(version) else { return nil }
    return CodedError(
      .futureVersion,
      "picture spec version \(version): this software knows versions 1 to \(Self.currentVersion); update it",
      properties: [Key.version.rawValue])
  }

  private var sizeFault: CodedError? {
    var sizes: [(Key, Int)] = []
    switch resize {
    case .none: break
    case .shorterSide(let short): sizes = [(.shorterSide, short)]
    case .covering(let height, let width): sizes = [(.coveredHeight, height), (.coveredWidth, width)]
    case .exact(let height, let width): sizes = [(.resizedHeight, height), (.resizedWidth, width)]
    }
    if let crop { sizes += [(.cropHeight, crop.height), (.cropWidth, crop.width)] }
    for (key, size) in sizes where !(1...Self.maximumSide).contains(size) {
      return invalid(key, "\(key.rawValue) is \(size), must be 1 to \(Self.maximumSide)")
    }
    return nil
  }

  private func channelFault(_ key: Key, _ values: [Float]) -> CodedError? {
    guard values.count == 3, values.allSatisfy(\.isFinite) else {
      return invalid(key, "\(key.rawValue) is \(values), must be three numbers")
    }
    return nil
  }

  private func invalid(_ key: Key, _ message: String) -> CodedError {
    CodedError(.invalidSpec, message, properties: [key.rawValue])
  }

  /// Throws `tooLarge` where the input of a picture needs more than `MemoryLimit`: a picture of one row and a million columns
  /// becomes one of 256 rows and many more columns.
  func requireMemory(_ place: PicturePlacement) throws(CodedError) {
    let (picture, input) = (place.picture, place.input)
    let element = resampling == .pillow ? 1.0 : 4.0
    let (rows, columns) = (Double(picture.height), Double(input.width))
    let inputCount = 3 * Double(input.height) * columns
    // The picture's rows at the input's width, then the input, as pixels and as planes.
    let byteCount = 3 * rows * columns * element + inputCount * (element + 4)
    let support = interpolation == .bilinear ? 2.0 : 4.0
    let (down, across) = (
      max(1, rows / Double(place.resized.height)), max(1, Double(picture.width) / Double(place.resized.width))
    )
    let operations = 3 * support * (rows * columns * across + Double(input.height) * columns * down)
    let refusal = MemoryLimit.refusal(
      of: "the input for a picture of \(picture.width) x \(picture.height) pixels", byteCount: byteCount,
      operations: operations)
    if let refusal { throw CodedError(.tooLarge, refusal) }
  }
}
