import Files
import Tensors

/// What is allowed to one picture, asked before its pixels are allocated.
struct PixelLimit {
  let maximumPixels: Int
  let path: String

  /// Throws unless width and height are sizes of a picture that is not too large.
  ///
  /// A file of a few bytes may claim 50 000 x 50 000 pixels, and one of a few kilobytes contain them.
  func check(height: Int64, width: Int64) throws(CodedError) {
    guard height > 0, width > 0 else {
      throw CodedError(.damaged, "a picture of \(width) x \(height) pixels", path: path)
    }
    let (pixels, overflow) = height.multipliedReportingOverflow(by: width)
    guard !overflow, pixels <= Int64(maximumPixels) else {
      throw CodedError(
        .tooLarge, "\(width) x \(height) pixels, more than the limit of \(maximumPixels)", path: path)
    }
    // Turning it upright takes a second copy; a progressive JPEG keeps its coefficients, up to 8 bytes a pixel.
    let refusal = MemoryLimit.refusal(
      of: "a picture of \(width) x \(height) pixels", byteCount: 11 * Double(pixels), operations: 0)
    if let refusal { throw CodedError(.tooLarge, refusal, path: path) }
  }
}
