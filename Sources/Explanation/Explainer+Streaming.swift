import Networks
public import Tensors

extension Explainer {
  /// Explains inputs as they come, ``batchSize`` of them in one pass, and hands out each explanation with its number. No more
  /// than one batch is in memory, however many inputs there are.
  ///
  /// - Parameters:
  ///   - next: the next input, `[F, T]` or `[C, F, T]`, with the class to explain (nil is the predicted one); nil at the
  ///     end.
  ///   - body: gets the explanations in the inputs' order.
  /// - Throws: what `next` and `body` throw, and as ``explain(_:method:layer:classIndex:target:options:)`` does. What was handed
  ///   out before stays.
  public func explainEach(
    method: ExplanationMethod = .gradCAM, layer: String? = nil, target: ExplanationTarget = .logit,
    options: ExplanationOptions = ExplanationOptions(),
    next: () throws -> (input: Tensor, classIndex: Int?)?, body: (Int, ClassExplanation) throws -> Void
  ) throws {
    var number = 0
    var isAtEnd = false
    while !isAtEnd {
      var (inputs, classes): ([Tensor], [Int?]) = ([], [])
      while inputs.count < max(1, batchSize) {
        guard let (input, classIndex) = try next() else {
          isAtEnd = true
          break
        }
        inputs.append(input)
        classes.append(classIndex)
      }
      guard !inputs.isEmpty else { return }
      for explanation in try explain(
        inputs, method: method, layer: layer, classes: classes, target: target, options: options)
      {
        try body(number, explanation)
        number += 1
      }
    }
  }

  /// One piece of a stream, in which some inputs name their class and some do not.
  private func explain(
    _ inputs: [Tensor], method: ExplanationMethod, layer: String?, classes: [Int?], target: ExplanationTarget,
    options: ExplanationOptions
  ) throws(ExplanationError) -> [ClassExplanation] {
    let named = classes.compactMap(\.self)
    guard !named.isEmpty, named.count < classes.count else {
      return try explain(
        batch: inputs, method: method, layer: layer, classIndices: named.isEmpty ? nil : named,
        target: target,
        options: options)
    }
    var results: [ClassExplanation] = []
    for (input, classIndex) in zip(inputs, classes) {
      results.append(
        try explain(
          input, method: method, layer: layer, classIndex: classIndex, target: target, options: options))
    }
    return results
  }
}
