import Foundation
import GenreLens

/// Pictures of one coloured shape with what a caption should say: "a red triangle".
struct Shapes {
  var inputs: [Tensor] = []
  var captions: [[String]] = []
  /// Where the shape is, `[H, W]` row by row.
  var masks: [[Bool]] = []

  static let spec: PictureSpec = {
    var spec = PictureSpec.unit
    spec.resize = .exact(height: 64, width: 64)
    (spec.mean, spec.deviation) = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
    return spec
  }()

  mutating func add(_ picture: Picture, color: String, shape: String) throws {
    let pixels = picture.pixels
    let background = pixels.prefix(3).map(Int.init)
    inputs.append(try Self.spec.input(of: picture))
    captions.append(["a", color, shape])
    masks.append(
      (0..<pixels.count / 3).map { pixel in
        (0..<3).reduce(0) { $0 + abs(Int(pixels[3 * pixel + $1]) - background[$1]) } > 60
      })
  }

  /// A mask and all pixels within a distance of it, down or across.
  static func widened(_ mask: [Bool], by distance: Int) -> [Bool] {
    var result = mask
    for (pixel, isInside) in mask.enumerated() where isInside {
      for y in max(0, pixel / 64 - distance)...min(63, pixel / 64 + distance) {
        for x in max(0, pixel % 64 - distance)...min(63, pixel % 64 + distance) { result[64 * y + x] = true }
      }
    }
    return result
  }

  /// Drawn here: circles, squares and triangles of four colours, somewhere on a light ground.
  init(count: Int, seed: UInt64) throws {
    let colors: [(String, [UInt8])] = [
      ("red", [220, 30, 30]), ("green", [30, 150, 40]), ("blue", [40, 60, 210]), ("black", [10, 10, 10]),
    ]
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<count {
      let (name, color) = colors[generator.index(below: 4)]
      let shape = ["circle", "square", "triangle"][generator.index(below: 3)]
      let radius = Double(8 + generator.index(below: 8))
      let (y, x) = (Double(16 + generator.index(below: 32)), Double(16 + generator.index(below: 32)))
      let ground = UInt8(220 + generator.index(below: 30))
      var pixels = [UInt8](repeating: ground, count: 64 * 64 * 3)
      for pixel in 0..<64 * 64 {
        let (down, right) = (Double(pixel / 64) - y, Double(pixel % 64) - x)
        let isInside =
          switch shape {
          case "circle": down * down + right * right <= radius * radius
          case "square": max(abs(down), abs(right)) <= radius
          default: abs(down) <= radius && 2 * abs(right) <= down + radius
          }
        if isInside { pixels.replaceSubrange(3 * pixel..<3 * pixel + 3, with: color) }
      }
      try add(Picture(pixels: pixels, height: 64, width: 64), color: name, shape: shape)
    }
  }

  /// A part of easy-VQA (`data/train`, `data/test`); the words are the answers to its questions.
  init(easyVQA folder: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/questions.json"))
    guard let questions = try JSONSerialization.jsonObject(with: data) as? [[Any]] else {
      throw CodedError(.damaged, "no list of questions", path: folder)
    }
    var (colors, shapes): ([Int: String], [Int: String]) = ([:], [:])
    for question in questions {
      guard question.count == 3, let text = question[0] as? String, let answer = question[1] as? String,
        let image = question[2] as? Int
      else { continue }
      if text.contains("what color") || text.contains("color of the") { colors[image] = answer }
      if ["circle", "rectangle", "triangle"].contains(answer) { shapes[image] = answer }
    }
    for image in colors.keys.sorted() {
      guard let color = colors[image], let shape = shapes[image], color != "yes", color != "no" else {
        continue
      }
      try add(Picture(path: "\(folder)/images/\(image).png"), color: color, shape: shape)
    }
  }
}
