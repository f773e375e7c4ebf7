import CSndfile
import Foundation

/// A part of a source as a file of its own, where need be with another beginning: what libsndfile reads.
///
/// Tags in front, other recordings after it and lengths in the header that are wrong stay out of its sight.
@safe final class ByteView {
  let source: ByteSource
  /// Stands before the bytes of ``range``, for example a header with its lengths set right.
  let prefix: [UInt8]
  let range: Range<Int>
  private var position = 0

  init(_ source: ByteSource, prefix: [UInt8] = [], range: Range<Int>) {
    (self.source, self.prefix, self.range) = (source, prefix, range)
  }

  var count: Int { prefix.count + range.count }

  private func seek(by offset: Int, whence: Int32) -> Int {
    let base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : count
    let (target, overflow) = base.addingReportingOverflow(offset)
    guard !overflow, (0...count).contains(target) else { return -1 }
    position = target
    return target
  }

  private func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    let wanted = min(target.count, count - position)
    let head = unsafe prefix.withUnsafeBytes { prefix in
      let length = max(0, min(wanted, prefix.count - position))
      if length > 0 { unsafe target.copyMemory(from: .init(rebasing: prefix[position..<position + length])) }
      return length
    }
    position += head
    guard head < wanted else { return head }
    source.seek(to: range.lowerBound + position - prefix.count)
    let got = unsafe max(0, source.read(into: .init(rebasing: target[head..<wanted])))
    position += got
    return head + got
  }

  // MARK: - For libsndfile

  /// The reference that its callbacks carry; valid while the view lives.
  var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

  private static func from(_ context: UnsafeMutableRawPointer?) -> ByteView? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<ByteView>.fromOpaque(context).takeUnretainedValue()
  }

  static var callbacks: SF_VIRTUAL_IO {
    unsafe SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(unsafe ByteView.from($0)?.count ?? -1) },
      seek: { offset, whence, context in
        sf_count_t(unsafe ByteView.from(context)?.seek(by: Int(offset), whence: whence) ?? -1)
      },
      read: { target, count, context in
        guard let view = unsafe ByteView.from(context), count > 0 else { return 0 }
        return sf_count_t(
          unsafe view.read(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count))))
      },
      write: { _, _, _ in 0 },
      tell: { sf_count_t(unsafe ByteView.from($0)?.position ?? -1) })
  }
}
