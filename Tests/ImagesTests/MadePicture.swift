import Files
import Foundation
import Images
import TestSupport
import Testing

/// The picture of Golden/generate.py: gradients, an edge, stripes of growing frequency.
func madePicture(height: Int, width: Int) -> Picture {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      pixels.append(UInt8(x * 255 / max(1, width - 1)))
      pixels.append(UInt8((x * x / 7 + y * 3) % 256))
      pixels.append(UInt8(((x * 2 + y) % 16 < 8 ? 240 : 15) - y * 10 / height))
    }
  }
  return Picture(pixels: pixels, height: height, width: width)
}

/// A golden file's path.
func golden(_ name: String) throws -> String {
  try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: nil)).path
}

func bytes(of name: String) throws -> [UInt8] { try FileSystem.contents(golden(name)) }

/// What Pillow read from a golden picture.
func reference(_ name: String) throws -> (height: Int, width: Int, pixels: [UInt8]) {
  let bytes = try bytes(of: name + ".rgb")
  func number(_ offset: Int) -> Int { bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }
  return (number(0), number(4), Array(bytes[8...]))
}

/// The code of the error that `body` throws; nil when it throws none, or not a `CodedError`.
func code(_ body: () throws -> Void) -> CodedError.Code? {
  do {
    try body()
    return nil
  } catch { return (error as? CodedError)?.code }
}

/// The code of the error of reading these bytes; nil when they are a picture.
func code(reading bytes: [UInt8], maximumPixels: Int = Picture.standardMaximumPixels) -> CodedError.Code? {
  code { _ = try Picture(bytes: bytes, name: "test", maximumPixels: maximumPixels) }
}

/// A number of four bytes, the highest first.
func big(_ value: Int) -> [UInt8] { (0..<4).reversed().map { UInt8(value >> (8 * $0) & 0xFF) } }
