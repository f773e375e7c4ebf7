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
      // Of 256 bytes each has one value in a channel.
      let tables = (0..<3).map { channel in
        (0..<256).map { normalized(inRange(UInt8($0)), channel: channel) }
      }
      return planes { channel, offset in tables[channel][Int(pixels[offset])] }
    }
    let values = (0..<256).map { inRange(UInt8($0)) }
    let pixels = FloatResampling.resampled(picture, values, rows: rows, columns: columns)
    return planes { channel, offset in normalized(pixels[offset], channel: channel) }
  }

  /// Planes in the network's order of channels, of interleaved red, green and blue.
  private func planes(_ value: (_ channel: Int, _ offset: Int) -> Float) -> Tensor {
    let pixelCount = rows.count * columns.count
    return Tensor(shape: [3, rows.count, columns.count]) { result in
      for channel in 0..<3 {
        let color = spec.channelOrder == .rgb ? channel : 2 - channel
        for pixel in 0..<pixelCount {
          result[channel * pixelCount + pixel] = value(channel, pixel * 3 + color)
        }
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
