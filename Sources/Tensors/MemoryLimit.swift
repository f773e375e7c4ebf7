import Foundation
import Synchronization

/// How much memory one piece of work may use: a pass of a network, the map of one window. It is defined only here.
///
/// A file of a few kilobytes can describe a network or features that need all available memory. The memory needed is therefore
/// estimated before anything is allocated, and refused above the limit, with both numbers. The amount of work is bounded too:
/// ``operationsPerByte`` multiplications for each byte of the limit.
public enum MemoryLimit {
  private static let state = Mutex(standardByteCount)

  /// 1 MB: the lowest possible limit.
  public static let leastByteCount = 1e6

  /// The limit in bytes, at least ``leastByteCount``; ``standardByteCount`` unless set. It applies to the whole process.
  public static var byteCount: Double {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = max(leastByteCount, newValue) } }
  }

  /// 4 GB, or half of the machine's memory if that is less.
  public static var standardByteCount: Double {
    min(4e9, Double(ProcessInfo.processInfo.physicalMemory) / 2)
  }

  /// A pass of this many multiplications for each byte of the limit takes seconds on two cores.
  public static let operationsPerByte = 32.0

  /// Reads a size such as `16GB`, `800 MB` or `2000000000`; nil for anything else.
  public static func byteCount(_ text: String) -> Double? {
    let units = ["KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "B": 1]
    let compact = text.uppercased().filter { $0 != " " }
    let unit = ["KB", "MB", "GB", "TB", "B"].first { compact.hasSuffix($0) }
    guard let number = Double(compact.dropLast(unit?.count ?? 0)), number.isFinite, number > 0 else {
      return nil
    }
    return number * (unit.flatMap { units[$0] } ?? 1)
  }

  /// What is wrong with a piece of work that needs so much, in one clause; nil where nothing is.
  ///
  /// - Parameters:
  ///   - work: what it is, such as "a pass of 32 maps".
  ///   - part: the part that needs most of the memory, such as "conv1", with its bytes.
  package static func refusal(
    of work: String, byteCount needed: Double, operations: Double,
    part: (name: String, byteCount: Double)? = nil
  ) -> String? {
    let limit = byteCount
    if needed > limit {
      let most = part.map { " (\($0.name) \(text($0.byteCount)))" } ?? ""
      return
        "\(work) needs \(text(needed))\(most), more than the limit of \(text(limit)): --max-memory \(option(needed)) allows it"
    }
    if operations > operationsPerByte * limit {
      let least = operations / operationsPerByte
      return
        "\(work) needs \(String(format: "%.1e", operations)) multiplications, minutes or more: "
        + "--max-memory \(option(least)) allows it"
    }
    return nil
  }

  /// Such as "12.3 GB".
  package static func text(_ byteCount: Double) -> String {
    for (size, unit) in [(1e12, "TB"), (1e9, "GB"), (1e6, "MB")] where byteCount >= size {
      return String(format: "%.1f \(unit)", byteCount / size)
    }
    return String(format: "%.0f bytes", byteCount)
  }

  /// The next size that a person would type.
  private static func option(_ byteCount: Double) -> String {
    byteCount > 1e9 ? String(format: "%.0fGB", (byteCount / 1e9).rounded(.up)) : "1GB"
  }
}
