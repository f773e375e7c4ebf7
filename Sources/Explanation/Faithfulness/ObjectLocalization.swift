import Files
public import Tensors

/// Whether a map's evidence lies in the objects that people have marked in a picture.
public struct ObjectLocalization: Sendable, Hashable, Codable {
  /// The pointing game: the share of the map's largest cells (several if they are equal) that are in an object. By chance ``area``.
  /// (Zhang et al. 2018 also count a point at most 15 pixels away.)
  public let pointing: Double
  /// The share of the map's sum that is in the objects. By chance ``area``.
  public let insideEnergy: Double
  /// Intersection over union of the objects and the cells above each of ``levels`` of the map's maximum.
  public let overlaps: [Double]
  /// The same with as many of the map's strongest cells as the objects have; by chance a / (2 - a) for an area of a.
  public let equalAreaOverlap: Double
  /// The share of the objects in which the map somewhere reaches ``foundLevel`` of its maximum; nil for fewer than two objects.
  public let found: Double?
  /// The share of the cells that are in an object.
  public let area: Double

  /// Shares of the maximum above which a cell belongs to the map: those of Chattopadhay et al. 2018, section 4.3.
  public static let levels: [Float] = [0.25, 0.5]
  /// The share of the maximum that finds an object.
  public static let foundLevel: Float = 0.5

  /// - Parameters:
  ///   - map: the shown part, `[H, W]`, without negative values.
  ///   - objects: for each object its cells, row by row, with at least one.
  ///   - seed: breaks ties between equal cells.
  /// Nil if the map is zero, since it points nowhere. Traps without an object and on another number of cells.
  public init?(_ map: Tensor, inside objects: [[Bool]], seed: UInt64) {
    demand(
      !objects.isEmpty && objects.allSatisfy { $0.count == map.count && $0.contains(true) },
      "\(objects.map(\.count)) cells of objects for a map of \(map.shape)")
    let values = map.values
    guard let largest = values.max(), largest > 0 else { return nil }
    let union = values.indices.map { cell in objects.contains { $0[cell] } }
    let size = union.count(where: \.self)
    var (sum, inside, peaks, hits) = (0.0, 0.0, 0.0, 0.0)
    for (value, isInside) in zip(values, union) {
      sum += Double(value)
      if value == largest { peaks += 1 }
      guard isInside else { continue }
      inside += Double(value)
      if value == largest { hits += 1 }
    }
    (pointing, insideEnergy) = (hits / peaks, inside / sum)
    area = Double(size) / Double(union.count)
    overlaps = Self.levels.map { level in
      Self.overlap(union, values.map { $0 > level * largest })
    }
    let order = CellOrder(map, seed: seed)
    equalAreaOverlap = Self.overlap(union, order.places.map { $0 < size })
    let finds = objects.count { cells in zip(cells, values).contains { $0 && $1 >= Self.foundLevel * largest }
    }
    found = objects.count > 1 ? Double(finds) / Double(objects.count) : nil
  }

  private static func overlap(_ one: [Bool], _ other: [Bool]) -> Double {
    var (common, either) = (0, 0)
    for (a, b) in zip(one, other) {
      if a && b { common += 1 }
      if a || b { either += 1 }
    }
    return either == 0 ? 0 : Double(common) / Double(either)
  }
}
