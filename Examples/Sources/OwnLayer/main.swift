// Trains a network with a layer of one's own and keeps it in a checkpoint.

import Checking
import Features
import Models
import Networks
import Tensors

// Checkpoints with the layer can be read from here on.
LayerCatalogue.register(Snake.self)
let architecture = Architecture(
  name: "own", inputShape: [1, 16, 24],
  chain: [
    ("conv1", Convolution(outputChannels: 6, kernel: [5, 5], padding: [2, 2])), ("snake1", Snake()),
    ("pool1", MaxPooling(kernel: [2, 2])),
    ("conv2", Convolution(outputChannels: 6, kernel: [3, 3], padding: [1, 1])),
    ("snake2", Snake(frequency: 0.5)), ("flatten", Flatten()), ("logits", Dense(outputCount: 2)),
  ])
let source = BandsOfNoise(count: 96, seed: 1)
let untrained = try Network(architecture, seed: 2)
try checkGradient(of: "snake1.frequency", in: untrained, at: source.inputs([0, 1, 2]))

let result = source.train(untrained)
let accuracy = result.history.last?.validAccuracy ?? 0
require(
  accuracy > 0.95, "after \(result.history.count) epochs \(Int(100 * accuracy)) % of the others are right")
require(
  result.network.parameters["snake1.frequency"] != untrained.parameters["snake1.frequency"],
  "the layer has learned its frequencies")

try withTemporaryFolder { folder in
  let identity = FeatureNormalization(
    granularity: .none, mean: Tensor(shape: [16, 1]), std: Tensor(repeating: 1, shape: [16, 1]))
  let model = GenreModel(
    network: result.network, labels: ["low", "high"], featureSpec: nil, normalization: identity)
  try model.write(to: folder + "/own.safetensors")
  let kept = try GenreModel(path: folder + "/own.safetensors").network
  let batch = source.inputs([0, 1, 2])
  require(
    kept.forward(batch).logits == model.network.forward(batch).logits, "the checkpoint gives the same logits")
}
