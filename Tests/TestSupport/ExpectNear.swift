public import Testing

/// A number within `absolute` of what scikit-learn says.
public func expectNear(
  _ actual: Double?, _ expected: Double, absolute: Double = 1e-12,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let actual, abs(actual - expected) <= absolute else {
    Issue.record("\(String(describing: actual)), expected \(expected)", sourceLocation: sourceLocation)
    return
  }
}
