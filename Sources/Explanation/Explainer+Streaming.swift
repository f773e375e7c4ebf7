public import Networks
public import Tensors

extension Explainer {
  /// Explains inputs as they arrive, ``batchSize`` per pass, and delivers each explanation with its number. No more than one
  /// batch is in memory, however many inputs there are.
  ///
  /// - Parameters:
  ///   - next: the next input with the score to explain; nil at the end.
  ///   - body: receives the explanations in the order of the inputs.
  /// - Throws: whatever `next` and `body` throw, and as ``explain(_:method:layer:score:)`` does. Explanations already delivered
  ///   remain valid.
  public func explainEach(
    method: some ExplanationMethod = GradCAM(), layer: String? = nil,
    next: () throws -> (input: Tensor, score: Score)?, body: (Int, ClassExplanation) throws -> Void
  ) throws {
    var number = 0
    var isAtEnd = false
    while !isAtEnd {
      var (inputs, scores): ([Tensor], [Score]) = ([], [])
      while inputs.count < max(1, batchSize) {
        guard let (input, score) = try next() else {
          isAtEnd = true
          break
        }
        inputs.append(input)
        scores.append(score)
      }
      guard !inputs.isEmpty else { return }
      for explanation in try explain(batch: inputs, method: method, layer: layer, scores: scores) {
        try body(number, explanation)
        number += 1
      }
    }
  }
}
