import Files

extension PictureSpec {
  /// The steps for people, such as "shorter side 256, the middle 224 x 224, 0 to 1, mean 0.485 0.456 0.406, deviation 0.229 0.224
  /// 0.225". Sizes are height x width.
  public var words: String {
    var steps: [String] = []
    switch resize {
    case .none: steps.append("the picture's own size")
    case .shorterSide(let length): steps.append("shorter side \(length)")
    case .covering(let height, let width): steps.append("at least \(height) x \(width) in proportion")
    case .exact(let height, let width): steps.append("resized to \(height) x \(width)")
    }
    if interpolation != .bilinear { steps.append(interpolation.rawValue) }
    switch resampling {
    case .pillow: break
    case .floats: steps.append("resampled as floats")
    case .floatsWithoutSmoothing: steps.append("resampled without smoothing")
    }
    if let crop { steps.append("the middle \(crop.height) x \(crop.width)") }
    if channelOrder == .bgr { steps.append("blue, green, red") }
    steps.append(range == .unit ? "0 to 1" : "0 to 255")
    func text(_ values: [Float]) -> String {
      values.map { Double($0).shortText(upTo: 6) }.joined(separator: " ")
    }
    if mean.contains(where: { $0 != 0 }) { steps.append("mean \(text(mean))") }
    if deviation.contains(where: { $0 != 1 }) { steps.append("deviation \(text(deviation))") }
    return steps.joined(separator: ", ")
  }
}
