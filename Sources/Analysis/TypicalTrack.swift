import Files

/// The choice of the correct track that represents its class.
public enum TypicalTrack {
  /// The index of the map most like `mean` (largest cosine similarity, so strength does not matter); the first of several.
  ///
  /// The report compares the mean of the class's correct tracks with each of them in this way. Maps that are all zero or not
  /// finite are ignored; nil if none remains. Traps if a shape differs from the mean's.
  public static func index(nearestTo mean: MapGrid, in maps: [MapGrid]) -> Int? {
    var best: (index: Int, similarity: Double)?
    for (index, map) in maps.enumerated() {
      let similarity = map.cosineSimilarity(to: mean)
      guard similarity.isFinite, map.values.contains(where: { $0 != 0 }) else { continue }
      if similarity > best?.similarity ?? -.infinity { best = (index, similarity) }
    }
    return best?.index
  }

  /// Without maps: the index of the correct prediction of `label` with the median confidence (the lower of two middle ones).
  public static func indexOfMedianConfidence(label: String, in predictions: [Prediction]) -> Int? {
    let right = predictions.indices.filter {
      predictions[$0].label == label && predictions[$0].isCorrect && predictions[$0].confidence != nil
    }
    let sorted = right.sorted { a, b in
      let (first, second) = (predictions[a], predictions[b])
      if first.confidence != second.confidence { return first.confidence ?? 0 < second.confidence ?? 0 }
      return first.path < second.path
    }
    return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
  }
}
