public import Files
public import Networks
public import Tensors

/// A method and the layer at which it should work.
public struct MethodAtLayer: Sendable {
  public let method: any ExplanationMethod
  /// nil for the usual layer; methods at the input ignore it.
  public let layer: String?

  public init(_ method: any ExplanationMethod, layer: String? = nil) {
    (self.method, self.layer) = (method, layer)
  }
}

extension Explainer {
  /// Explains many inputs of one shape by many methods, for several scores each.
  ///
  /// The maps are those of ``explain(batch:method:layer:scores:)``, to the bit; work that methods have in common is done once.
  /// Methods that read the same values share a forward pass, and those that need the same gradient a backward pass. Masked or
  /// ablated copies are scored once for all scores of an input.
  ///
  /// - Parameter scores: rounds, each with one score for each input.
  /// - Returns: For each round, for each method, one explanation for each input. Memory: all these maps.
  /// - Throws and traps as ``explain(_:method:layer:score:)`` does.
  public func explain(
    batch inputs: [Tensor], by methods: [MethodAtLayer], scores rounds: [[Score]]
  ) throws(CodedError) -> [[[ClassExplanation]]] {
    demand(
      rounds.allSatisfy { $0.count == inputs.count },
      "\(rounds.map(\.count)) scores for \(inputs.count) inputs")
    var results = rounds.map { _ in methods.map { _ in [ClassExplanation]() } }
    guard !inputs.isEmpty else { return results }
    let (items, layout) = try checked(inputs, rounds.flatMap { $0.flatMap(\.namedClasses) })
    let call = SharedWork()
    for group in try passes(of: methods, layout) {
      for start in stride(from: 0, to: items.count, by: group.pieceSize) {
        let range = start..<min(start + group.pieceSize, items.count)
        let pass = try pass(over: Tensor.stack(Array(items[range])), group.observed, call)
        let scores = rounds.map { Array($0[range]) }
        for round in rounds.indices {
          for member in group.members {
            results[round][member.place] += try explain(
              pass, member.method, layer: member.layer, rounds: scores, round: round, inputLayout: layout)
          }
        }
      }
    }
    return results
  }

  /// Methods that share their passes.
  private struct PassGroup {
    let observed: [String]
    let pieceSize: Int
    var members: [(place: Int, method: any ExplanationMethod, layer: String)] = []
  }

  /// Methods by what the forward pass keeps for them and how many inputs it takes.
  private func passes(of methods: [MethodAtLayer], _ layout: MapLayout) throws(CodedError)
    -> [PassGroup]
  {
    var groups: [PassGroup] = []
    for (place, asked) in methods.enumerated() {
      let method = asked.method
      try method.validate(inputShape: [layout.shape[1], layout.shape[2]])
      let layer = try method.layer(asked.layer, of: network)
      let observed = Set(method.observedValues(at: layer, of: network)).sorted()
      let size = method.traits.needsManyPasses ? 1 : max(1, batchSize)
      let known = groups.firstIndex { $0.observed == observed && $0.pieceSize == size }
      if known == nil { groups.append(PassGroup(observed: observed, pieceSize: size)) }
      groups[known ?? groups.count - 1].members.append((place, method, layer))
    }
    return groups
  }
}
