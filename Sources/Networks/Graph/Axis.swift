/// One axis of a value: its meaning and its length.
public struct Axis: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The meaning of an axis.
  public enum Name: String, Codable, Sendable, CaseIterable {
    case channel
    /// Feature bins of a map, or the rows of an image.
    case frequency
    /// Frames of a map, or the columns of an image.
    case time
    /// The items of a sequence that attention reads.
    case token
    /// The elements of a flat vector.
    case feature

    /// The rows of an image.
    public static let height = frequency
    /// The columns of an image.
    public static let width = time
  }

  public var name: Name
  public var extent: Int

  public init(_ name: Name, _ extent: Int) {
    (self.name, self.extent) = (name, extent)
  }

  /// For example `time 431`.
  public var description: String { "\(name.rawValue) \(extent)" }
}
