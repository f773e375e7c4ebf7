import Files

/// A method that runs the network many times for one input.
protocol ManyPassMethod: ExplanationMethod {
  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap
}

extension ManyPassMethod {
  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    var maps: [MethodMap] = []
    for index in 0..<batch.count { maps.append(try map(of: batch[index])) }
    return maps
  }
}
