import Foundation
import Synchronization

/// A `.npy` file mapped into memory: numbers are converted to `Float` on demand, so an array larger than memory can be used.
///
/// Supports C-ordered little-endian numbers of the types in ``NumpyElement``. The file must not be shortened while it is mapped;
/// ``NumpyWriter`` replaces files by renaming, so a mapping keeps the old bytes.
@safe public final class NumpyArray: Sendable {
  public let path: String
  /// Extents, outermost axis first.
  public let extents: [Int]
  /// How the numbers are stored.
  public let element: NumpyElement
  // The mapping is read only and lives as long as this object: sharing it between threads is safe.
  nonisolated(unsafe) private let mapping: UnsafeRawPointer
  private let mappedByteCount: Int
  private let dataOffset: Int
  /// Bytes read since memory was let go of.
  private let bytesRead = Atomic<Int>(0)
  /// Where the last read ended.
  private let lastEnd = Atomic<Int>(0)
  /// What a read at a new place may bring in beside itself: up to 6 MB were seen (Linux 6.18, folios of 2 MB).
  private static let neighborhoodByteCount = 8 << 20

  /// Bytes of the file that reading may leave in this process's memory: what was read is let go of whenever so much of
  /// it was touched, so that an epoch over a large array does not fill memory. A smaller file stays whole.
  static let residentByteLimit = 256 << 20

  /// Maps the file at `path`.
  ///
  /// Throws when it is missing, is not a `.npy` file, is stored in Fortran order or as anything but plain numbers, or does not
  /// have exactly as many bytes as its header says.
  public init(path: String) throws(CodedError) {
    let file: RegularFile
    do throws(SystemCallError) { file = try RegularFile(path: path) } catch {
      if error.isWrongKind { throw CodedError(.damaged, "not a NumPy file: \(error.words)", path: path) }
      throw CodedError(reading: error, path: path)
    }
    let size = file.byteCount
    guard size > 0 else { throw CodedError(.damaged, "the file is empty", path: path) }
    guard let address = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0),
      unsafe address != MAP_FAILED
    else { throw CodedError(SystemCallError("map the file"), path: path) }
    do throws(CodedError) {
      let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(address), byteCount: size)
      let header = try NumpyHeader(bytes, path: path)
      let promised = header.extents.reduce(1, *) * header.element.byteCount
      guard size - header.byteCount == promised else {
        throw CodedError(
          .wrongLength,
          "\(size - header.byteCount) bytes of data, \(promised) expected for shape \(header.extents)"
            + " of \(header.element.rawValue)", path: path)
      }
      self.path = path
      extents = header.extents
      element = header.element
      unsafe mapping = UnsafeRawPointer(address)
      mappedByteCount = size
      dataOffset = header.byteCount
    } catch {
      unsafe munmap(address, size)
      throw error
    }
  }

  deinit {
    unsafe munmap(UnsafeMutableRawPointer(mutating: mapping), mappedByteCount)
  }

  /// Lets go of the memory of what was read so far; it is read from the file again when it is asked for.
  package func releaseMemory() {
    _ = unsafe madvise(UnsafeMutableRawPointer(mutating: mapping), mappedByteCount, MADV_DONTNEED)
  }

  /// Counts what is read; safe beside other threads that read, which only read a page again.
  private func noteReading(from start: Int, byteCount: Int) {
    guard mappedByteCount > Self.residentByteLimit else { return }
    // A place of its own brings in what the kernel keeps together around it, however little is read there.
    let isNext = lastEnd.exchange(start + byteCount, ordering: .relaxed) == start
    let count = isNext ? byteCount : byteCount + Self.neighborhoodByteCount
    guard bytesRead.add(count, ordering: .relaxed).newValue >= Self.residentByteLimit else { return }
    bytesRead.store(0, ordering: .relaxed)
    releaseMemory()
  }

  /// Calls `body` with the stored bytes of some rows. Traps out of range.
  package func withStoredRows<E: Error>(_ rows: Range<Int>, _ body: (RawSpan) throws(E) -> Void) throws(E) {
    demand(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(extents)")
    let rowBytes = rowElementCount * element.byteCount
    noteReading(from: rows.lowerBound * rowBytes, byteCount: rows.count * rowBytes)
    try body(
      unsafe RawSpan(
        _unsafeStart: mapping + dataOffset + rows.lowerBound * rowBytes, byteCount: rows.count * rowBytes))
  }

  /// Extent of the outermost axis (1 for a scalar).
  public var rowCount: Int { extents.first ?? 1 }
  /// Numbers in one row: the product of the other extents.
  public var rowElementCount: Int { extents.dropFirst().reduce(1, *) }
  /// Total number of elements.
  public var elementCount: Int { extents.reduce(1, *) }

  /// Copies elements `start ..< start + count`, in C order, as `Float` to `target[position...]`. Traps out of range.
  ///
  /// Wider numbers are rounded to the nearest `Float`. Cost: one pass; pages not yet in memory are read from the disk.
  public func copyElements(
    from start: Int, count: Int, into target: inout MutableSpan<Float>, at position: Int = 0
  ) {
    demand(
      start >= 0 && count >= 0 && start <= elementCount && count <= elementCount - start,
      "\(count) elements from \(start) of \(extents)")
    demand(
      position >= 0 && position <= target.count && count <= target.count - position,
      "\(count) elements to place \(position) of \(target.count)")
    noteReading(from: start * element.byteCount, byteCount: count * element.byteCount)
    let source = unsafe UnsafeRawBufferPointer(
      start: mapping + dataOffset + start * element.byteCount, count: count * element.byteCount)
    unsafe target.withUnsafeMutableBufferPointer { target in
      let target = unsafe UnsafeMutableBufferPointer(rebasing: target[position..<position + count])
      switch element {
      case .float32: unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      case .float16: unsafe convert(UInt16.self, source, into: target, float16)
      case .float64: unsafe convert(Double.self, source, into: target) { Float($0) }
      case .uint8: unsafe convert(UInt8.self, source, into: target) { Float($0) }
      case .int8: unsafe convert(Int8.self, source, into: target) { Float($0) }
      case .int16: unsafe convert(Int16.self, source, into: target) { Float($0) }
      case .uint16: unsafe convert(UInt16.self, source, into: target) { Float($0) }
      case .int32: unsafe convert(Int32.self, source, into: target) { Float($0) }
      case .int64: unsafe convert(Int64.self, source, into: target) { Float($0) }
      }
    }
  }

  @inline(__always)
  private func convert<T: BitwiseCopyable>(
    _: T.Type, _ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>,
    _ number: (T) -> Float
  ) {
    for index in target.indices {
      unsafe target[index] = number(
        source.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.stride, as: T.self))
    }
  }

  /// The number that 16 bits stand for, in steps that a vector unit does: `Float(Float16)` calls a function for each.
  @inline(__always)
  private func float16(_ bits: UInt16) -> Float {
    let bits = UInt32(bits)
    // The exponent and significand in their places, times 2^112, which sets the exponent right also for subnormals.
    let magnitude = Float(bitPattern: (bits & 0x7FFF) << 13) * 0x1p112
    let isSpecial: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    return Float(bitPattern: magnitude.bitPattern | isSpecial | (bits & 0x8000) << 16)
  }

  /// Copies row `row` of the outermost axis to `target[position...]`. Traps out of range.
  public func copyRow(_ row: Int, into target: inout MutableSpan<Float>, at position: Int = 0) {
    demand(row >= 0 && row < rowCount, "no row \(row) in \(extents)")
    copyElements(from: row * rowElementCount, count: rowElementCount, into: &target, at: position)
  }
}
