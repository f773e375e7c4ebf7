import CSndfile
import Foundation

/// A file in memory that libsndfile writes to; an encoder goes back to the beginning at its end, to fill in lengths.
@safe final class ByteSink {
  private(set) var bytes: [UInt8] = []
  private var position = 0
  /// Whether something was asked for that a file could not do.
  private(set) var hasFailed = false
  /// No encoder has a reason to leave a gap beyond this.
  private static let largestGap = 1 << 20

  /// The reference that C callbacks carry; valid while the sink lives.
  var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

  static var callbacks: SF_VIRTUAL_IO {
    unsafe SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(unsafe ByteSink.from($0)?.bytes.count ?? -1) },
      seek: { offset, whence, context in
        sf_count_t(unsafe ByteSink.from(context)?.seek(by: Int(offset), whence: whence) ?? -1)
      },
      read: { target, count, context in
        guard let sink = unsafe ByteSink.from(context), count > 0 else { return 0 }
        return sf_count_t(unsafe sink.read(into: .init(start: target, count: Int(count))))
      },
      write: { source, count, context in
        guard let sink = unsafe ByteSink.from(context), count > 0 else { return 0 }
        return sf_count_t(unsafe sink.write(.init(start: source, count: Int(count))))
      },
      tell: { sf_count_t(unsafe ByteSink.from($0)?.position ?? -1) })
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> ByteSink? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<ByteSink>.fromOpaque(context).takeUnretainedValue()
  }

  private func seek(by offset: Int, whence: Int32) -> Int {
    let base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : bytes.count
    let (target, overflow) = base.addingReportingOverflow(offset)
    guard !overflow, target >= 0, target <= bytes.count + Self.largestGap else {
      hasFailed = true
      return -1
    }
    position = target
    return target
  }

  private func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    let count = max(0, min(target.count, bytes.count - position))
    unsafe bytes.withUnsafeBytes {
      unsafe target.copyMemory(
        from: .init(rebasing: $0[min(position, $0.count)..<min(position, $0.count) + count]))
    }
    position += count
    return count
  }

  private func write(_ source: UnsafeRawBufferPointer) -> Int {
    if position > bytes.count { bytes += Array(repeating: 0, count: position - bytes.count) }
    let over = min(source.count, bytes.count - position)
    unsafe bytes.withUnsafeMutableBytes {
      unsafe $0[position..<position + over].copyBytes(from: source[..<over])
    }
    unsafe bytes.append(contentsOf: source[over...])
    position += source.count
    return source.count
  }
}
