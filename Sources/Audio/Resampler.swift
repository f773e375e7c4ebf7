import CSoxr
public import Files
import Foundation

/// Changes the sample rate of a stream with libsoxr at its "high" quality, as
/// `soxr.resample(quality="HQ")` and therefore librosa does.
///
/// Feed blocks with ``process(_:isLast:into:)``; the numbers do not depend on how the stream is divided. If the rates are equal,
/// the samples pass through unchanged.
@safe public struct Resampler: ~Copyable {
  /// In Hz.
  public let inputRateHz: Int
  public let outputRateHz: Int
  /// Number of interleaved channels.
  public let channelCount: Int
  private let handle: OpaquePointer?

  /// Throws `unsupported` when libsoxr refuses the rates. Traps when a rate is not positive.
  public init(fromHz inputRateHz: Int, toHz outputRateHz: Int, channelCount: Int = 1) throws(CodedError) {
    demand(
      inputRateHz > 0 && outputRateHz > 0 && channelCount > 0,
      "resampling \(channelCount) channels, \(inputRateHz) Hz to \(outputRateHz) Hz")
    self.channelCount = channelCount
    self.inputRateHz = inputRateHz
    self.outputRateHz = outputRateHz
    guard inputRateHz != outputRateHz else {
      unsafe handle = nil
      return
    }
    var error: soxr_error_t?
    var io = unsafe soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
    var quality = unsafe soxr_quality_spec(UInt(SOXR_HQ), 0)
    var runtime = unsafe soxr_runtime_spec(1)
    unsafe handle = soxr_create(
      Double(inputRateHz), Double(outputRateHz), UInt32(channelCount), &error, &io, &quality, &runtime)
    guard unsafe handle != nil else {
      let reason = unsafe error.map { unsafe String(cString: $0) } ?? "no reason given"
      throw CodedError(
        .unsupported, "cannot resample \(inputRateHz) Hz to \(outputRateHz) Hz: \(reason)", path: "resampler")
    }
  }

  deinit { if let handle = unsafe handle { unsafe soxr_delete(handle) } }

  /// The number of output samples for `count` input samples: `ceil(count * outputRateHz / inputRateHz)`, rounded as in librosa.
  public func outputCount(for count: Int) -> Int {
    guard inputRateHz != outputRateHz else { return count }
    return Int((Double(count) * (Double(outputRateHz) / Double(inputRateHz))).rounded(.up))
  }

  /// Consumes input samples and produces output samples, as many as fit; returns both counts, per channel.
  ///
  /// Set `isLast` once the stream has ended, and call again with the remaining input, then with none, until nothing is produced.
  public mutating func process(
    _ input: Span<Float>, isLast: Bool, into output: inout MutableSpan<Float>
  ) -> (consumed: Int, produced: Int) {
    unsafe input.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe process(input, isLast: isLast, into: output)
      }
    }
  }

  mutating func process(
    _ input: UnsafeBufferPointer<Float>, isLast: Bool, into output: UnsafeMutableBufferPointer<Float>
  ) -> (consumed: Int, produced: Int) {
    guard let handle = unsafe handle else {
      let count = min(input.count, output.count) / channelCount
      _ = unsafe output.update(fromContentsOf: input[..<(count * channelCount)])
      return (count, count)
    }
    var (consumed, produced) = (0, 0)
    // No input at all tells libsoxr that the stream has ended.
    let ending = isLast && input.isEmpty
    _ = unsafe soxr_process(
      handle, ending ? nil : input.baseAddress, input.count / channelCount, &consumed, output.baseAddress,
      output.count / channelCount, &produced)
    return (consumed, produced)
  }

  /// Resamples a whole sound to `ceil(count * outputRateHz / inputRateHz)` samples.
  public static func resample(_ samples: [Float], fromHz: Int, toHz: Int) throws(CodedError) -> [Float] {
    guard fromHz != toHz else { return samples }
    var resampler = try Resampler(fromHz: fromHz, toHz: toHz)
    var result = [Float](repeating: 0, count: resampler.outputCount(for: samples.count))
    var (start, filled) = (0, 0)
    while filled < result.count {
      let (consumed, produced) = unsafe samples.withUnsafeBufferPointer { input in
        unsafe result.withUnsafeMutableBufferPointer { output in
          unsafe resampler.process(
            .init(rebasing: input[start...]), isLast: start == input.count,
            into: .init(rebasing: output[filled...]))
        }
      }
      if produced == 0, consumed == 0, start == samples.count { break }
      start += consumed
      filled += produced
    }
    return result
  }
}
