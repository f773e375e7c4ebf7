import Files
import Foundation
import Images
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand)) struct PictureSpecTests {
  @Test(
    "small inputs equal torchvision's", .tags(.reference),
    arguments: PictureSpec.Resampling.allCases, PictureSpec.Interpolation.allCases)
  func small(_ resampling: PictureSpec.Resampling, _ interpolation: PictureSpec.Interpolation) throws {
    let expected = try SafeTensorsFile(path: golden("inputs.safetensors"))
    var spec = PictureSpec.imageNet
    (spec.resampling, spec.interpolation) = (resampling, interpolation)
    let (wide, tall) = (madePicture(height: 61, width: 90), madePicture(height: 75, width: 40))
    let cases: [(String, Picture, PictureSpec.Resize, PictureSpec.Size)] = [
      ("down", wide, .shorterSide(28), .init(height: 24, width: 21)),
      ("up", tall, .exact(height: 97, width: 83), .init(height: 30, width: 20)),
      ("padded", tall, .shorterSide(20), .init(height: 26, width: 41)),
    ]
    for (name, picture, resize, crop) in cases {
      (spec.resize, spec.crop) = (resize, crop)
      let input = try spec.input(of: picture)
      let key = "\(resampling.rawValue).\(interpolation.rawValue).\(name)"
      // Values are up to 3; on bytes they are the same number or differ by a level, 0.017.
      expectClose(every(11, input), try #require(expected[key]).values, absolute: 1e-5, key)
    }
  }

  @Test("presets equal torchvision's", .tags(.reference)) func presets() throws {
    let expected = try SafeTensorsFile(path: golden("inputs.safetensors"))
    let picture = madePicture(height: 375, width: 500)
    for name in PictureSpec.names {
      let spec = try #require(PictureSpec.named(name))
      let input = try spec.input(of: picture)
      #expect(input.shape == spec.inputShape)
      let scale: Float = spec.range == .bytes && spec.deviation == [1, 1, 1] ? 255 : 1
      expectClose(
        every(211, input), try #require(expected[name]).values, absolute: 1e-5 * scale, name)
    }
    var floats = PictureSpec.imageNet
    floats.resampling = .floats
    expectClose(
      every(211, try floats.input(of: picture)), try #require(expected["imageNet.floats"]).values,
      absolute: 1e-5)
    #expect(PictureSpec.named("other") == nil)
  }

  private func every(_ step: Int, _ tensor: Tensor) -> [Float] {
    stride(from: 0, to: tensor.count, by: step).map { tensor.values[$0] }
  }

  @Test func aPictureAsItIs() throws {
    let picture = Picture(pixels: [0, 51, 102, 153, 204, 255], height: 1, width: 2)
    let input = try PictureSpec().input(of: picture)
    #expect(input.shape == [3, 1, 2] && PictureSpec().inputShape == nil)
    expectClose(input.values, [0, 0.6, 0.2, 0.8, 0.4, 1], absolute: 1e-7)
    var spec = PictureSpec()
    (spec.channelOrder, spec.range, spec.mean, spec.deviation) = (.bgr, .bytes, [2, 1, 0], [1, 10, 2])
    #expect(try spec.input(of: picture).values == [100, 253, 5, 20.3, 0, 76.5])
  }

  @Test(
    "a picture of one colour stays it", .tags(.property),
    arguments: PictureSpec.Resampling.allCases, PictureSpec.Interpolation.allCases)
  func oneColor(_ resampling: PictureSpec.Resampling, _ interpolation: PictureSpec.Interpolation) throws {
    var spec = PictureSpec()
    (spec.resampling, spec.interpolation, spec.range) = (resampling, interpolation, .bytes)
    let picture = Picture(
      pixels: [[UInt8]](repeating: [10, 128, 255], count: 35).flatMap { $0 }, height: 5, width: 7)
    for (height, width) in [(1, 1), (5, 3), (2, 7), (40, 50)] {
      spec.resize = .exact(height: height, width: width)
      let input = try spec.input(of: picture)
      // Sums of up to 16 rounded weights.
      for (channel, color) in [Float(10), 128, 255].enumerated() {
        expectClose(
          input.item(channel).values, [Float](repeating: color, count: height * width), relative: 1e-6)
      }
    }
  }

  @Test func sizesAreRoundedAsPythonDoes() {
    var spec = PictureSpec.imageNet
    // 256 * 500 / 375 = 341.33 is rounded down; (341 - 224) / 2 = 58.5 to the even number.
    let place = spec.placement(height: 375, width: 500)
    #expect(place.resized == .init(height: 256, width: 341) && place.top == 16 && place.left == 58)
    let tall = spec.placement(height: 500, width: 375)
    #expect(tall.resized == .init(height: 341, width: 256) && tall.top == 58 && tall.left == 16)
    (spec.resize, spec.crop) = (.covering(height: 20, width: 30), nil)
    #expect(spec.placement(height: 7, width: 7).resized == .init(height: 30, width: 30))
    #expect(spec.placement(height: 200, width: 900).resized == .init(height: 20, width: 90))
    #expect(spec.placement(height: 2, width: 3).resized == .init(height: 20, width: 30))
    (spec.resize, spec.crop) = (.none, PictureSpec.imageNet.crop)
    let small = spec.placement(height: 223, width: 221)
    #expect(small.top == 0 && small.left == -1)
  }

  @Test(.tags(.hostile)) func extremePictures() throws {
    // One column of a hundred thousand rows: the shorter side becomes 256, and only the crop is computed.
    let line = Picture(pixels: [UInt8](repeating: 9, count: 300_000), height: 100_000, width: 1)
    #expect(try PictureSpec.imageNet.input(of: line).shape == [3, 224, 224])
    var whole = PictureSpec.imageNet
    whole.crop = nil
    #expect(code { _ = try whole.input(of: line) } == .tooLarge)
  }

  @Test func settingsAreKept() throws {
    for name in PictureSpec.names {
      let spec = try #require(PictureSpec.named(name))
      try spec.validate()
      #expect(try decoded(String(decoding: JSONEncoder().encode(spec), as: UTF8.self)) == spec)
    }
    #expect(try decoded("{}") == PictureSpec())
    var wide = PictureSpec()
    (wide.resize, wide.crop) = (.covering(height: 20, width: 30), .init(height: 20, width: 30))
    #expect(try decoded(String(decoding: JSONEncoder().encode(wide), as: UTF8.self)) == wide)
    var spec = PictureSpec.caffe
    (spec.interpolation, spec.resampling, spec.crop) = (.bicubic, .floats, .init(height: 3, width: 4))
    #expect(try decoded(String(decoding: JSONEncoder().encode(spec), as: UTF8.self)) == spec)
  }

  @Test(
    "settings that make no sense", .tags(.hostile),
    arguments: [
      #"{"shorterSide": 0}"#, #"{"shorterSide": 100000}"#, #"{"cropHeight": 5}"#,
      #"{"resizedHeight": 5, "resizedWidth": -1}"#, #"{"cropHeight": 5, "cropWidth": 0}"#,
      #"{"shorterSide": 5, "resizedHeight": 5, "resizedWidth": 5}"#, #"{"coveredHeight": 5}"#,
      #"{"coveredHeight": 5, "coveredWidth": 5, "resizedHeight": 5, "resizedWidth": 5}"#,
      #"{"mean": [1, 2]}"#,
      #"{"deviation": [1, 0, 1]}"#, #"{"deviation": [1, 1, 1e-45]}"#, #"{"means": [1, 2, 3]}"#,
    ])
  func invalid(_ text: String) {
    #expect(code { _ = try decoded(text) } == .invalidSpec)
  }

  @Test(.tags(.hostile)) func otherVersionsAndTypes() {
    #expect(code { _ = try decoded(#"{"version": 2, "new": 1}"#) } == .futureVersion)
    #expect(throws: DecodingError.self) { try decoded(#"{"interpolation": "nearest"}"#) }
    #expect(throws: DecodingError.self) { try decoded(#"{"mean": 1}"#) }
    var spec = PictureSpec()
    spec.mean[1] = .nan
    #expect(code { try spec.validate() } == .invalidSpec)
  }

  private func decoded(_ text: String) throws -> PictureSpec {
    try JSONDecoder().decode(PictureSpec.self, from: Data(text.utf8))
  }
}
