import Files

/// Which part of a job: `2/8` is the second of eight.
public struct ShardNumber: Sendable, Hashable, LosslessStringConvertible {
  /// From 1 to ``count``.
  public let index: Int
  public let count: Int

  /// Traps unless `1 <= index <= count <= 100_000`.
  public init(_ index: Int, of count: Int) {
    demand((1...count).contains(index) && count <= 100_000, "shard \(index) of \(count)")
    (self.index, self.count) = (index, count)
  }

  /// Reads what ``description`` writes; nil for anything else.
  public init?(_ description: String) {
    let parts = description.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], (1...100_000).contains(count),
      (1...count).contains(index)
    else { return nil }
    (self.index, self.count) = (index, count)
  }

  public var description: String { "\(index)/\(count)" }

  /// The path of the part if the whole goes to `X.npy`: `X.shard-2-of-8.npy`, with the same number of digits for each part.
  public func path(ofWhole path: String) -> String {
    let digits = String(index)
    let zeros = String(repeating: "0", count: String(count).count - digits.count)
    return replacingExtension(path, with: "shard-\(zeros)\(digits)-of-\(count).npy")
  }

  /// Its share of so many files, neighbours of each other: the shares differ by one file at most.
  func range(of fileCount: Int) -> Range<Int> {
    (index - 1) * fileCount / count..<index * fileCount / count
  }

  func description(
    of items: [FeatureExtraction.Item], recipe: EarlierMaps.Recipe, folder: String
  ) -> FeatureStoreDescription.Shard {
    let lines = items.map { item in
      let clip = item.clip
      return [
        relative(item.path, to: folder), clip.label, clip.split?.rawValue ?? "", clip.group ?? "",
        clip.name, clip.variant ?? "",
      ] + (clip.segment.map { ["\($0)"] } ?? [])
    }
    let list = CSVTable.encode(header: [], rows: lines)
    return .init(index: index, count: count, job: "\(ContentHash("\(recipe.fingerprint)\n\(list)"))")
  }
}
