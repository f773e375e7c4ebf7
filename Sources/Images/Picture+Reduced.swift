public import Files
import Tensors

extension Picture {
  /// The picture in proportion with its longer side at most so many pixels, by Pillow's bilinear resampling; a smaller picture as it
  /// is. For drawing. Traps unless `longest` is positive; throws as ``PictureSpec/input(of:)`` does.
  public func reduced(toLongerSide longest: Int) throws(CodedError) -> Picture {
    demand(longest > 0, "a picture of \(longest) pixels")
    let longer = max(height, width)
    guard longer > longest else { return self }
    func side(_ own: Int) -> Int {
      max(1, Int((Double(own) * Double(longest) / Double(longer)).rounded()))
    }
    var spec = PictureSpec()
    spec.resize = .exact(height: side(height), width: side(width))
    spec.range = .bytes
    let planes = try spec.input(of: self)
    let (values, count) = (planes.values, planes.count / 3)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(planes.count)
    for pixel in 0..<count {
      for channel in 0..<3 { pixels.append(UInt8(min(max(values[channel * count + pixel], 0), 255))) }
    }
    return Picture(pixels: pixels, height: planes.shape[1], width: planes.shape[2], notes: notes)
  }
}
