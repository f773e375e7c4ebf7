// Times training steps, inference and Grad-CAM of a three-block network. One JSON line a figure.
//
//   swift run -c release TrainingBenchmark [founding|3x3-16|3x3-32] [THREADS] [REPEATS]
import Foundation
import GenreLens

let arguments = CommandLine.arguments
let variant = arguments.count > 1 ? arguments[1] : "founding"
ThreadPolicy.kernelThreads = arguments.count > 2 ? Int(arguments[2]) ?? 2 : 2
let repeats = arguments.count > 3 ? Int(arguments[3]) ?? 9 : 9

var options = ThreeBlockOptions()
if variant != "founding" {
  options.channels = variant == "3x3-16" ? [16, 32, 64] : [32, 64, 128]
  options.kernel = [3, 3]
  options.firstSame = true
  options.order = .reluThenPool
  options.dropout = 0
}
let shape: Shape = [1, 128, 431]
var network = try Network(.threeBlock(inputShape: shape, classCount: 2, options: options), seed: 1)
@MainActor func batch(_ count: Int) -> Tensor {
  var generator = SeededGenerator(seed: 1)
  return Tensor(
    (0..<count * shape.count).map { _ in generator.uniform() - 0.5 }, shape: Shape([count] + shape.dimensions)
  )
}

@MainActor func time(_ figure: String, items: Int, _ body: () -> Void) {
  body()
  let processorStart = clock()
  let seconds = (0..<repeats).map { _ in
    let start = Date()
    body()
    return Date().timeIntervalSince(start)
  }.sorted()
  let processorSeconds = Double(clock() - processorStart) / Double(CLOCKS_PER_SEC) / Double(repeats)
  let median = seconds[seconds.count / 2]
  print(
    """
    {"figure":"\(figure)","variant":"\(variant)","threads":\(ThreadPolicy.kernelThreads),\
    "unit":"items/s","median":\(Double(items) / median),"best":\(Double(items) / seconds[0]),"repeats":\(repeats),\
    "items_per_processor_second":\(Double(items) / processorSeconds)}
    """)
}

let images = batch(64)
let targets = CrossEntropy.targets((0..<64).map { $0 % 2 }, classCount: 2)
var gradients = network.parameters.zeros()
var optimizer = Adam(count: gradients.values.count)
var step: UInt64 = 0
time("train_step_64", items: 64) {
  step += 1
  // The trace ends before the step: it holds the weights, and they would be copied.
  do {
    let trace = network.forwardForTraining(images, seed: step)
    let loss = CrossEntropy(logits: trace.logits, targets: targets)
    trace.parameterGradients(from: loss.logitGradient, into: &gradients)
  }
  optimizer.step(&network.parameters, gradients: gradients, learningRate: 1e-3)
}
time("inference_64", items: 64) { _ = network.forward(images) }
let one = batch(1)
time("grad_cam_pass_1", items: 1) {
  let trace = network.forward(one, observing: ["conv3"])
  _ = trace.gradient(of: .logit(1), at: "conv3")
}
