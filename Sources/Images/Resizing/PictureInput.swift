import Tensors

/// The steps from a picture to a network's input.
struct PictureInput {
  let spec: PictureSpec
  private let rows: ResampleTaps
  private let columns: ResampleTaps

  init(spec: PictureSpec, placement place: PicturePlacement) {
    self.spec = spec
    rows = ResampleTaps(
      source: place.picture.height, resized: place.resized.height,
      positions: place.top..<place.top + place.input.height, spec: spec)
    columns = ResampleTaps(
      source: place.picture.width, resized: place.resized.width,
      positions: place.left..<place.left + place.input.width, spec: spec)
  }

  func tensor(of picture: Picture) -> Tensor {
    if spec.resampling == .pillow {
      let pixels = ByteResampling.resampled(picture, rows: rows, columns: columns)
      return planes { channel, color, plane, start in
        // A byte has one value in a channel.
        let table = (0..<256).map { normalized(inRange(UInt8($0)), channel: channel) }
        for pixel in 0..<pixelCount { plane[start + pixel] = table[Int(pixels[pixel * 3 + color])] }
      }
    }
    let values = (0..<256).map { inRange(UInt8($0)) }
    let pixels = FloatResampling.resampled(picture, values, rows: rows, columns: columns)
    return planes { channel, color, plane, start in
      for pixel in 0..<pixelCount {
        plane[start + pixel] = normalized(pixels[pixel * 3 + color], channel: channel)
      }
    }
  }

  private var pixelCount: Int { rows.count * columns.count }

  /// Planes in the network's order of channels; `fill` is given a channel, its place in red, green, blue, and where its plane
  /// begins.
  private func planes(
    _ fill: (_ channel: Int, _ color: Int, _ planes: inout MutableSpan<Float>, _ start: Int) -> Void
  ) -> Tensor {
    Tensor(shape: [3, rows.count, columns.count]) { result in
      for channel in 0..<3 {
        fill(channel, spec.channelOrder == .rgb ? channel : 2 - channel, &result, channel * pixelCount)
      }
    }
  }

  /// `ToTensor`, or the byte as a number.
  private func inRange(_ byte: UInt8) -> Float {
    spec.range == .unit ? Float(byte) / 255 : Float(byte)
  }

  private func normalized(_ value: Float, channel: Int) -> Float {
    (value - spec.mean[channel]) / spec.deviation[channel]
  }
}
