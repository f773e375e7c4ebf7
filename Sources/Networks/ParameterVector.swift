import Files
import Synchronization
public import Tensors

/// Named arrays in one contiguous block: all weights of a network, or all their gradients.
///
/// One block lets an optimizer run once over everything, and lets gradients be reduced across processes in one message.
public struct ParameterVector: Sendable, Equatable {
  /// One named array within the block.
  public struct Entry: Sendable, Hashable {
    /// For example `conv1.weight`.
    public let name: String
    public let shape: Shape
    /// Index of its first element.
    public let offset: Int
    /// Whether weight decay applies to it.
    public var decays = false

    /// Its elements' indices in ``ParameterVector/values``.
    public var range: Range<Int> { offset..<offset + shape.count }
  }

  /// In graph order.
  public let entries: [Entry]
  /// All arrays one after another, each row-major.
  public private(set) var values: [Float]
  private let indexByName: [String: Int]
  /// Another one after every change: vectors of one version are copies, so that what was made from one can be kept.
  private(set) var version = Self.newVersion()

  private static let lastVersion = Atomic<UInt64>(0)
  private static func newVersion() -> UInt64 { lastVersion.add(1, ordering: .relaxed).newValue }

  public static func == (left: ParameterVector, right: ParameterVector) -> Bool {
    left.entries == right.entries && left.values == right.values
  }

  /// Zeros for the given arrays; weight decay applies to those with two or more axes.
  public init(_ arrays: [(name: String, shape: Shape)]) {
    self.init(arrays: arrays.map { LayerArray($0.name, $0.shape, initial: .constant(0)) })
  }

  /// Zeros for the given arrays, under names in the whole network.
  init(arrays: [LayerArray]) {
    var offset = 0
    var entries: [Entry] = []
    for array in arrays {
      entries.append(Entry(name: array.name, shape: array.shape, offset: offset, decays: array.decays))
      offset += array.shape.count
    }
    self.init(entries, count: offset)
  }

  private init(_ entries: [Entry], count: Int) {
    self.entries = entries
    values = [Float](repeating: 0, count: count)
    indexByName = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
  }

  /// The same arrays, all zero.
  public func zeros() -> ParameterVector {
    ParameterVector(entries, count: values.count)
  }

  /// Zeros for some of the arrays.
  func part(_ names: [String]) -> ParameterVector {
    let wanted = Set(names)
    return ParameterVector(
      arrays: entries.filter { wanted.contains($0.name) }.map {
        LayerArray($0.name, $0.shape, initial: .constant(0), decays: $0.decays)
      })
  }

  /// Sets arrays to zero.
  mutating func clear(_ names: Set<String>) {
    for entry in entries where names.contains(entry.name) {
      withMutableSpan { span in for index in entry.range { span[index] = 0 } }
    }
  }

  /// Adds the arrays of a part; those that `overwriting` names are set.
  mutating func add(_ part: ParameterVector, overwriting: (String) -> Bool) {
    for source in part.entries {
      guard let target = entry(source.name) else { continue }
      let replaces = overwriting(source.name)
      withMutableSpan { span in
        for index in 0..<source.shape.count {
          let value = part.values[source.offset + index]
          span[target.offset + index] = replaces ? value : span[target.offset + index] + value
        }
      }
    }
  }

  /// Whether no element is infinite or not a number. Cost: one pass.
  public var isFinite: Bool { ArrayKernels.areFinite(values.span) }

  /// Provides all elements for writing in place; copies them first if they are shared.
  public mutating func withMutableSpan<R>(_ body: (inout MutableSpan<Float>) -> R) -> R {
    version = Self.newVersion()
    var span = values.mutableSpan
    return body(&span)
  }

  /// Runs `body` with the address of one array, valid until it returns. Traps on an unknown name.
  func withAddress<R>(of name: String, _ body: (UnsafeMutableRawPointer) -> R) -> R {
    guard let entry = entry(name) else { preconditionFailure("no parameter '\(name)'") }
    return unsafe values.withUnsafeBufferPointer { buffer in
      unsafe body(UnsafeMutableRawPointer(mutating: UnsafeRawPointer(buffer.baseAddress! + entry.offset)))
    }
  }

  /// As ``withAddress(of:_:)``, for writing.
  mutating func withMutableAddress<R>(of name: String, _ body: (UnsafeMutableRawPointer) -> R) -> R {
    guard let entry = entry(name) else { preconditionFailure("no parameter '\(name)'") }
    version = Self.newVersion()
    return unsafe values.withUnsafeMutableBufferPointer { buffer in
      unsafe body(UnsafeMutableRawPointer(buffer.baseAddress! + entry.offset))
    }
  }

  /// The entry of an array, or nil.
  public func entry(_ name: String) -> Entry? {
    indexByName[name].map { entries[$0] }
  }

  /// One array as a tensor. Setting traps on a different shape; getting or setting traps on an unknown name.
  public subscript(name: String) -> Tensor {
    get {
      let entry = entry(name)
      demand(entry != nil, "no parameter '\(name)'")
      guard let entry else { return Tensor(shape: [0]) }
      return Tensor(Array(values[entry.range]), shape: entry.shape)
    }
    set {
      guard let entry = entry(name) else { preconditionFailure("no parameter '\(name)'") }
      demand(entry.shape == newValue.shape, "\(name) is \(entry.shape), not \(newValue.shape)")
      version = Self.newVersion()
      values.replaceSubrange(entry.range, with: newValue.values)
    }
  }
}
