public import Testing

/// Records an issue unless every pair differs by at most `absolute + relative * |expected|`. Prints the worst pair.
public func expectClose(
  _ actual: [Float], _ expected: [Float], absolute: Float = 0, relative: Float = 0,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record("\(actual.count) values, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  var worst = (index: -1, excess: Float(0))
  for index in actual.indices {
    let difference = abs(actual[index] - expected[index])
    let excess = difference - (absolute + relative * abs(expected[index]))
    if !(excess <= 0), !(excess <= worst.excess) || worst.index < 0 { worst = (index, excess) }
  }
  guard worst.index >= 0 else { return }
  Issue.record(
    """
    \(comment()) value \(worst.index): \(actual[worst.index]), expected \(expected[worst.index]) \
    within \(absolute) + \(relative) relative
    """, sourceLocation: sourceLocation)
}
