import Files
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Frequency from a network whose tokens have none: maps at the filters before the maximum over frequency.
@Suite(.tags(.hand)) struct FilterFrequencyTests {
  /// The front end of the self-attention tagger in small: filters over 5 of 12 bands and 3 frames whose largest value in each
  /// frame counts, filters over 3 frames of all bands' mean; then attention over frames.
  private static func tagger() throws -> Network {
    let attention = MultiHeadAttention("attention", width: 3, headCount: 1)
    return try Network(
      Architecture(
        name: "small tagger", inputShape: [1, 12, 16],
        nodes: [
          .init(
            "vertical.conv", Convolution(outputChannels: 2, kernel: [5, 3], padding: [0, 1]),
            inputs: ["input"]),
          .init("vertical.relu", ReLU(), inputs: ["vertical.conv"]),
          .init("vertical.max", Reduction(.maximum, axes: [1]), inputs: ["vertical.relu"]),
          .init("horizontal.mean", Reduction(.mean, axes: [1]), inputs: ["input"]),
          .init(
            "horizontal.conv", Convolution(outputChannels: 1, kernel: [3], padding: [1]),
            inputs: ["horizontal.mean"]),
          .init("horizontal.relu", ReLU(), inputs: ["horizontal.conv"]),
          .init("joined", Concat(axis: 0), inputs: ["vertical.max", "horizontal.relu"]),
          .init("turned", Transpose(order: [1, 0]), inputs: ["joined"]),
          .init("tokens", Reshape([Axis(.token, -1), Axis(.feature, 3)]), inputs: ["turned"]),
        ] + attention.nodes(reading: "tokens") + [
          .init("sum", Add(), inputs: ["tokens", attention.outputName]),
          .init("mean", Reduction(.mean, axes: [0]), inputs: ["sum"]),
          .init("logits", Dense(outputCount: 2), inputs: ["mean"]),
        ]), seed: 1)
  }

  /// Filter 0 hears what is above the mean in the third of its bands, filter 1 what is below it; each speaks for its class.
  private static func constructed() throws -> Network {
    var network = try tagger()
    for entry in network.parameters.entries { network.parameters[entry.name] = Tensor(shape: entry.shape) }
    network.parameters["vertical.conv.weight"] = Tensor.zeros([2, 1, 5, 3]) { values in
      values[2 * 3 + 1] = 1
      values[15 + 2 * 3 + 1] = -1
    }
    let identity = Tensor([1, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3, 3])
    for end in ["v", "output"] { network.parameters["attention.\(end).weight"] = identity }
    network.parameters["logits.weight"] = Tensor([1, 0, 0, 0, 1, 0], shape: [2, 3])
    return network
  }

  /// High in band 7 in frames 4 to 7, low in band 3 in frames 10 and 11.
  private static let input = Tensor.zeros([12, 16]) { values in
    for frame in 4..<8 { values[7 * 16 + frame] = 1 }
    for frame in 10..<12 { values[3 * 16 + frame] = -1 }
  }

  @Test(arguments: ["grad-cam", "grad-cam++", "layer-cam", "hires-cam", "xgrad-cam"])
  func mapsAtTheFiltersTellTheBand(name: String) throws {
    let explainer = Explainer(network: try Self.constructed())
    let method = try ExplanationCatalogue.method(named: name)
    for (index, band, frames) in [(0, 7, 4..<8), (1, 3, 10..<12)] {
      let found = try explainer.explain(
        Self.input, method: method, layer: "vertical.relu", score: .logit(index))
      #expect(found.signedMap.shape == [8, 16] && found.axes == [Axis(.frequency, 8), Axis(.time, 16)])
      // Row r is the filter over the bands r to r + 4, and its third band hears.
      for row in 0..<8 {
        for frame in 0..<16 {
          let isThere = row == band - 2 && frames.contains(frame)
          #expect((found.signedMap[row, frame] > 0) == isThere, "class \(index): \(row), \(frame)")
        }
      }
      // The band itself, from the input.
      let exact = try explainer.explain(Self.input, method: .gradientXInput, score: .logit(index)).signedMap
      #expect(frames.allSatisfy { exact[band, $0] > 0 })
      #expect(exact.values.count { $0 != 0 } == frames.count)
      // Tokens have no frequency: all bands share the map.
      let tokens = try explainer.explain(Self.input, method: .tagContribution, score: .logit(index))
      #expect(tokens.signedMap.shape == [1, 16] && tokens.upsampledMap.shape == [12, 16])
      #expect((0..<16).allSatisfy { (tokens.signedMap[0, $0] > 0) == frames.contains($0) })
    }
  }

  /// The formulas on any weights: only a channel's largest row in a frame has a gradient.
  @Test func formulasAtTheFilters() throws {
    let network = try Self.tagger()
    let explainer = Explainer(network: network)
    let input = Tensor.random([12, 16], seed: 3)
    let name = "vertical.relu"
    let trace = network.forward(Tensor.stack([input.reshaped([1, 12, 16])]), observing: [name])
    let (a, g) = (trace.activation(at: name).item(0), trace.gradient(of: .logit(1), at: name).item(0))
    var (hires, layer, cam): ([Float], [Float], [Float]) = ([], [], [])
    let means = (0..<2).map { g.item($0).values.reduce(0, +) / Float(8 * 16) }
    for row in 0..<8 {
      for frame in 0..<16 {
        let parts = (0..<2).map { (a[$0, row, frame], g[$0, row, frame]) }
        hires.append(parts.reduce(0) { $0 + $1.0 * $1.1 })
        layer.append(parts.reduce(0) { $0 + $1.0 * max(0, $1.1) })
        cam.append(zip(parts, means).reduce(0) { $0 + $1.0.0 * $1.1 })
      }
    }
    for (method, expected) in [("hires-cam", hires), ("layer-cam", layer), ("grad-cam", cam)] {
      let found = try explainer.explain(
        input, method: ExplanationCatalogue.method(named: method), layer: name, score: .logit(1))
      expectClose(found.signedMap.values, expected, absolute: 1e-6)
    }
    #expect(
      (0..<16).allSatisfy { frame in
        (0..<2).allSatisfy { channel in (0..<8).count { g[channel, $0, frame] != 0 } <= 1 }
      })
  }
}
