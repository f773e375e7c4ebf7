package import Models
import Networks
package import Tensors

/// A network's last hidden layer: what its last dense layer makes the logits of.
package struct EmbeddingLayer {
  private let network: Network
  private let node: String
  /// Maps of one forward pass.
  private static let batchSize = 32

  package init(of model: GenreModel) {
    network = model.network
    node = network.architecture.nodes.last?.inputs.first ?? Network.inputName
  }

  /// Embeddings `[N, D]` of standardised maps `[F, T]`.
  package func embeddings(of inputs: [Tensor]) -> Tensor {
    var values: [Float] = []
    for start in stride(from: 0, to: inputs.count, by: Self.batchSize) {
      let piece = inputs[start..<min(inputs.count, start + Self.batchSize)]
      let batch = Tensor.stack(piece.map { $0.reshaped(network.inputShape) })
      if node == Network.inputName {
        values += batch.values
      } else {
        values += network.forward(batch, observing: [node]).activation(at: node).values
      }
    }
    return Tensor(values, shape: [inputs.count, inputs.isEmpty ? 0 : values.count / inputs.count])
  }
}
