import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Architectures as a file may claim them: each that cannot be computed must throw, none may trap.
@Suite(.tags(.hostile)) struct HostileArchitectureTests {
  private static let flatten = #"{"kind":"flatten"}"#
  private static let dense = #"{"kind":"dense","outputCount":2}"#

  private static func convolution(
    _ channels: String = "2", _ kernel: String = "[3,3]", _ stride: String = "[1,1]",
    _ padding: String = "[0,0]",
    _ groups: String = "1"
  ) -> String {
    """
    {"kind":"convolution","outputChannels":\(channels),"kernel":\(kernel),"stride":\(stride),"padding":\(padding),\
    "groups":\(groups)}
    """
  }

  private static func pooling(_ kernel: String, _ stride: String, _ padding: String = "[0,0]") -> String {
    """
    {"kind":"max-pooling","reduction":"maximum","kernel":\(kernel),"stride":\(stride),"padding":\(padding),\
    "countsPadding":true}
    """
  }

  private static func node(_ name: String, _ layer: String, _ inputs: String) -> String {
    #"{"name":"\#(name)","layer":\#(layer),"inputs":\#(inputs)}"#
  }

  /// One layer on the input, then flatten and dense.
  private static func behind(_ layer: String, inputs: String = #"["input"]"#) -> [String] {
    [node("a", layer, inputs), node("f", flatten, #"["a"]"#), node("d", dense, #"["f"]"#)]
  }

  private static func decode(_ nodes: [String], input: String = "[2,8,9]") throws -> Architecture {
    let json = #"{"name":"x","inputShape":\#(input),"nodes":[\#(nodes.joined(separator: ","))]}"#
    return try JSONDecoder().decode(Architecture.self, from: Data(json.utf8))
  }

  private static let most = "9223372036854775807"

  static let impossible: [[String]] = [
    [], behind(flatten, inputs: "[]"), behind(flatten, inputs: #"["input","input"]"#),
    behind(flatten, inputs: #"["a"]"#), behind(flatten, inputs: #"["f"]"#), behind(flatten, inputs: #"[""]"#),
    [node("d", dense, #"["input"]"#)], [node("r", #"{"kind":"relu"}"#, #"["input"]"#)],
    [node("input", flatten, #"["input"]"#)], [node("", flatten, #"["input"]"#)],
    [node("f", flatten, #"["input"]"#), node("f", dense, #"["f"]"#)],
    // Nobody reads the first.
    [node("r", #"{"kind":"relu"}"#, #"["input"]"#), node("f", flatten, #"["input"]"#)],
    // Images wanted, a flat vector given.
    [node("f", flatten, #"["input"]"#), node("c", convolution(), #"["f"]"#)],
    [node("f", flatten, #"["input"]"#), node("p", pooling("[2,2]", "[2,2]"), #"["f"]"#)],
    [node("f", flatten, #"["input"]"#), node("g", #"{"kind":"global-average-pooling"}"#, #"["f"]"#)],
    behind(convolution("0")), behind(convolution("-1")), behind(convolution(most)),
    behind(convolution("268435456")),
    behind(convolution("2", "[]")), behind(convolution("2", "[3]")), behind(convolution("2", "[3,3,3]")),
    behind(convolution("2", "[0,3]")), behind(convolution("2", "[-3,3]")), behind(convolution("2", "[9,3]")),
    behind(convolution("2", "[\(most),\(most)]")), behind(convolution("2", "[3,3]", "[0,1]")),
    behind(convolution("2", "[3,3]", "[-1,1]")), behind(convolution("2", "[3,3]", "[\(most),1]")),
    behind(convolution("2", "[3,3]", "[1,1]", "[-1,0]")),
    behind(convolution("2", "[3,3]", "[1,1]", "[\(most),0]")),
    behind(convolution("2", "[3,3]", "[1,1]", "[65536,65536]")),
    behind(convolution("2", "[3,3]", "[1,1]", "[0,0]", "0")),
    behind(convolution("2", "[3,3]", "[1,1]", "[0,0]", "-1")),
    behind(convolution("3", "[3,3]", "[1,1]", "[0,0]", "2")),
    behind(convolution("3", "[3,3]", "[1,1]", "[0,0]", "3")),
    behind(pooling("[2,2]", "[0,2]")), behind(pooling("[0,2]", "[2,2]")), behind(pooling("[2,2]", "[2]")),
    behind(pooling("[2,2]", "[2,2]", "[2,2]")), behind(pooling("[9,2]", "[2,2]")),
    behind(pooling("[2,2]", "[2,2]", "[-1,0]")), behind(#"{"kind":"add"}"#), behind(#"{"kind":"concat"}"#),
    behind(#"{"kind":"add"}"#, inputs: "[]"), behind(#"{"kind":"concat"}"#, inputs: "[]"),
    behind(#"{"kind":"dropout","probability":1}"#), behind(#"{"kind":"dropout","probability":-0.1}"#),
    behind(#"{"kind":"batch-normalization","epsilon":0,"momentum":0.1}"#),
    behind(#"{"kind":"batch-normalization","epsilon":1e-5,"momentum":-1}"#),
    [node("f", flatten, #"["input"]"#), node("d", #"{"kind":"dense","outputCount":0}"#, #"["f"]"#)],
    [node("f", flatten, #"["input"]"#), node("d", #"{"kind":"dense","outputCount":\#(most)}"#, #"["f"]"#)],
    // 144 inputs times 2^25 outputs: each value is small enough, the weights are not.
    [node("f", flatten, #"["input"]"#), node("d", #"{"kind":"dense","outputCount":33554432}"#, #"["f"]"#)],
    // Inputs of different shapes.
    [
      node("c", convolution(), #"["input"]"#), node("s", #"{"kind":"add"}"#, #"["c","input"]"#),
      node("f", flatten, #"["s"]"#),
    ],
    [
      node("c", convolution(), #"["input"]"#), node("s", #"{"kind":"concat"}"#, #"["c","input"]"#),
      node("f", flatten, #"["s"]"#),
    ],
    [
      node("f", flatten, #"["input"]"#), node("s", #"{"kind":"concat"}"#, #"["f","input"]"#),
      node("g", flatten, #"["s"]"#),
    ],
  ]

  @Test(arguments: impossible.indices) func isRefused(_ index: Int) throws {
    let architecture = try Self.decode(Self.impossible[index])
    #expect(throws: ArchitectureError.self, "\(Self.impossible[index])") {
      try Network(architecture, seed: 1)
    }
  }

  @Test(arguments: [
    "[]", "[2]", "[2,8]", "[2,8,9,1]", "[0,8,9]", "[2,0,9]", "[1048577,1,1]", "[1048576,1048576,1048576]",
  ])
  func inputShapeIsRefused(_ shape: String) throws {
    let architecture = try Self.decode([Self.node("f", Self.flatten, #"["input"]"#)], input: shape)
    #expect(throws: ArchitectureError.self) { try Network(architecture, seed: 1) }
  }

  /// What no number of the right kind can be is refused while reading.
  @Test(arguments: [
    convolution("1e30"), convolution("2", "[NaN,3]"), convolution("2", "3"), #"{"kind":"gru"}"#, "{}",
    #"{"kind":"dropout","probability":NaN}"#, #"{"kind":"dropout","probability":1e300}"#,
    #"{"kind":"dropout"}"#, #"{"kind":"dense","outputCount":1.5}"#,
    #"{"kind":"batch-normalization","epsilon":1e-5,"momentum":"0.1"}"#,
  ])
  func cannotBeRead(_ layer: String) {
    #expect(throws: DecodingError.self) { try Self.decode(Self.behind(layer)) }
  }

  /// Strange but legal: built, run forward, and differentiated without a trap.
  @Test(arguments: [
    (convolution("8", "[1,1]", "[65536,65536]"), "[2,8,9]"),
    (convolution("8", "[2,2]", "[1,1]", "[40,50]"), "[2,8,9]"),
    (convolution("1", "[1,3000]"), "[1,1,3100]"), (convolution("8", "[3000,1]"), "[8,3001,1]"),
    (convolution("8", "[1,3]", "[1,1]", "[0,2000]"), "[8,1,1]"),
    (convolution("16", "[60,60]"), "[16,60,61]"),
    (convolution("7", "[5,5]", "[3,4]", "[4,4]", "7"), "[7,11,13]"),
    (convolution("34", "[3,3]", "[1,1]", "[1,1]", "2"), "[18,5,5]"),
    (convolution("1", "[1,1]"), "[1,1,1]"), (pooling("[1,4000]", "[1,1]", "[0,2000]"), "[8,1,4000]"),
    (pooling("[1,1]", "[65536,65536]"), "[3,8,9]"), (#"{"kind":"global-average-pooling"}"#, "[3,200,300]"),
    (#"{"kind":"dropout","probability":0.9999999}"#, "[2,8,9]"),
    (#"{"kind":"batch-normalization","epsilon":1e30,"momentum":1}"#, "[1,1,1]"),
  ])
  func strangeButLegal(_ layer: String, input: String) throws {
    let relu = #"{"kind":"relu"}"#
    for nodes in [
      Self.behind(layer), [Self.node("x", relu, #"["input"]"#)] + Self.behind(layer, inputs: #"["x"]"#),
    ] {
      let network = try Network(try Self.decode(nodes, input: input), seed: 1)
      let batch = NetworkGradientTests.normal(Shape([1] + network.inputShape.dimensions), seed: 3)
      let trace = network.forward(batch, observing: [Network.inputName])
      #expect(trace.logits.values.allSatisfy { $0.isFinite })
      #expect(trace.gradient(of: .logit(0), at: Network.inputName).values.allSatisfy { $0.isFinite })
      var gradients = network.parameters.zeros()
      let training = network.forwardForTraining(batch, seed: 1)
      training.parameterGradients(from: Tensor(repeating: 1, shape: [1, 2]), into: &gradients)
      #expect(gradients.isFinite && training.logits.values.allSatisfy { $0.isFinite })
    }
  }
}
