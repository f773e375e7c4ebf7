import Files
package import Images
package import Tensors

/// What a channel may see in pictures: their labels, the eleven basic colours, and masks.
struct PictureConcepts: Sendable {
  /// Berlin and Kay's basic colour terms.
  private static let colors = [
    "black", "white", "grey", "red", "orange", "brown", "yellow", "green", "blue", "purple", "pink",
  ]

  private let labels: [String]
  private let maskNames: [String]

  init(labels: [String], maskNames: [String]) { (self.labels, self.maskNames) = (labels, maskNames) }

  var concepts: [Concept] {
    labels.map { Concept($0, .label) } + Self.colors.map { Concept($0, .color) }
      + maskNames.map { Concept($0, .mask) }
  }

  /// - Parameters:
  ///   - picture: as the network gets it, of the input's size.
  ///   - masks: for each name the cells that it marks, if it has a mask of this picture.
  func locate(_ picture: Picture, label: String, masks: [[Bool]?]) -> ConceptMap {
    var result = ConceptMap(whole: labels.firstIndex(of: label).map { [$0] } ?? [])
    let pixels = picture.pixels
    let codes = (0..<picture.height * picture.width).map { pixel in
      UInt8(Self.color(pixels[3 * pixel], pixels[3 * pixel + 1], pixels[3 * pixel + 2]) + 1)
    }
    result.cells.append(ConceptMap.Plane(first: labels.count, codes: codes))
    for (place, mask) in masks.enumerated() {
      guard let mask else { continue }
      result.cells.append(
        ConceptMap.Plane(first: labels.count + Self.colors.count + place, codes: mask.map { $0 ? 1 : 0 }))
    }
    return result
  }

  /// The number of a pixel's colour, by its hue, saturation and value.
  static func color(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
    let (r, g, b) = (Double(red) / 255, Double(green) / 255, Double(blue) / 255)
    let (value, least) = (max(r, g, b), min(r, g, b))
    let range = value - least
    if value < 0.2 { return 0 }
    if range < 0.15 * value { return value > 0.8 ? 1 : 2 }
    let hue =
      value == r ? (g - b) / range : value == g ? 2 + (b - r) / range : 4 + (r - g) / range
    switch hue < 0 ? 60 * hue + 360 : 60 * hue {
    case ..<15, 345...: return 3
    case ..<45: return value < 0.6 ? 5 : 4
    case ..<70: return 6
    case ..<170: return 7
    case ..<260: return 8
    case ..<290: return 9
    default: return 10
    }
  }
}

extension PictureSpec {
  /// An input as a picture again: what the network sees, in bytes.
  package func picture(of input: Tensor) -> Picture {
    let (height, width) = (input.shape[1], input.shape[2])
    let size = height * width
    var pixels = [UInt8](repeating: 0, count: 3 * size)
    for channel in 0..<3 {
      let color = channelOrder == .rgb ? channel : 2 - channel
      let scale: Float = range == .unit ? 255 : 1
      for pixel in 0..<size {
        let value = (input.values[channel * size + pixel] * deviation[channel] + mean[channel]) * scale
        pixels[3 * pixel + color] = UInt8(min(max(value.rounded(), 0), 255))
      }
    }
    return Picture(pixels: pixels, height: height, width: width)
  }
}
