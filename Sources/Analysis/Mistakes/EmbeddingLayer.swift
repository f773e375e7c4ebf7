package import Models
import Networks
package import Tensors

/// A network's last hidden layer: what its last dense layer makes the logits of.
package struct EmbeddingLayer: Sendable {
  /// Where the dense layers begin: a value that a pass over one map gives as a pass over many does, to the bit. A pass that has to
  /// keep it gives the embedding too. nil where the network has no such value.
  package let trunk: String?
  private let network: Network
  private let node: String
  /// Maps of one forward pass: of one whose dense layers are passed by themselves only few, which bounds the memory.
  private let batchSize: Int

  package init(of model: GenreModel) {
    network = model.network
    node = network.architecture.nodes.last?.inputs.first ?? Network.inputName
    trunk = Self.trunk(of: node, in: network)
    batchSize = network.passSize(upTo: trunk == nil ? 32 : 8)
  }

  /// Embeddings `[N, D]` of standardised maps `[F, T]`.
  ///
  /// - Parameter isAmongOthers: whether a single one gets the digits that it has among others. A single row is multiplied by another
  ///   routine than several, and rounded otherwise.
  package func embeddings(of inputs: [Tensor], isAmongOthers: Bool = false) -> Tensor {
    var (values, trunks): ([Float], [Tensor]) = ([], [])
    for start in stride(from: 0, to: inputs.count, by: batchSize) {
      let maps = inputs[start..<min(inputs.count, start + batchSize)].map { $0.reshaped(network.inputShape) }
      if let trunk {
        let found = network.forward(Tensor.stack(maps), observing: [trunk]).activation(at: trunk)
        trunks += maps.indices.map { found.item($0) }
        continue
      }
      let batch = Tensor.stack(Self.rows(maps, isAmongOthers))
      let found =
        node == Network.inputName
        ? batch : network.forward(batch, observing: [node]).activation(at: node)
      values += found.values.prefix(found.count / batch.shape[0] * maps.count)
    }
    if trunk != nil { values = embeddings(fromTrunks: trunks, isAmongOthers: isAmongOthers).flatMap(\.self) }
    return Tensor(values, shape: [inputs.count, inputs.isEmpty ? 0 : values.count / inputs.count])
  }

  /// The same of what passes left at ``trunk``, of one map each.
  package func embeddings(fromTrunks values: [Tensor], isAmongOthers: Bool) -> [[Float]] {
    guard let trunk, trunk != node, !values.isEmpty else { return values.map(\.values) }
    let batch = Tensor.stack(Self.rows(values, isAmongOthers))
    let found = network.activation(at: node, from: [trunk: batch])
    return values.indices.map { found.item($0).values }
  }

  private static func rows(_ items: [Tensor], _ isAmongOthers: Bool) -> [Tensor] {
    isAmongOthers && items.count == 1 ? items + items : items
  }

  private static func trunk(of node: String, in network: Network) -> String? {
    let nodes = network.architecture.nodes
    let byName = Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0) })
    var (place, tail, hasDense) = (node, Set([nodes.last?.name ?? ""]), false)
    while let next = byName[place], next.inputs.count == 1, isOfOneVector(next.layer) {
      hasDense = hasDense || next.layer is Dense
      tail.insert(place)
      place = next.inputs[0]
    }
    let isBeforeAllDense = nodes.allSatisfy { tail.contains($0.name) || isOfOneMap($0.layer) }
    guard isBeforeAllDense, place != Network.inputName else { return nil }
    return hasDense ? place : node
  }

  private static func isOfOneVector(_ layer: any Layer) -> Bool {
    layer is Dense || layer is Flatten || layer is ReLU || layer is Dropout
  }

  /// Whether each map of a batch is worked on by itself.
  private static func isOfOneMap(_ layer: any Layer) -> Bool {
    switch layer {
    case is Convolution, is BatchNormalization, is ReLU, is AveragePooling, is MaxPooling, is Add,
      is GlobalAveragePooling, is GlobalMaxPooling, is AdaptiveAveragePooling, is Dropout, is ChannelDropout:
      true
    default: false
    }
  }
}
