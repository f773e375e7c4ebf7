public import Files
import Foundation
import Models
public import Networks
import Tensors

extension TrainingState {
  /// Version of the file's layout; a reader refuses any other.
  static let formatVersion = 1
  private static let format = "genrelens-training"

  private struct Description: Codable {
    var identity: TrainingIdentity
    var position: Position
  }

  /// Writes the state as one safetensors file, whole or not at all.
  ///
  /// It contains vectors of all weights, statistics and optimizer state, and everything else as JSON in the header's metadata.
  public func write(to path: String, identity: TrainingIdentity) throws(CodedError) {
    let description = Description(identity: identity, position: position)
    guard let json = try? JSONDocument.encodeVerbatim(description) else {
      throw CodedError(.outOfRange, "the training has a figure that is not finite", path: path)
    }
    let metadata = [
      "format": Self.format, "version": "\(Self.formatVersion)",
      "training": String(decoding: json, as: UTF8.self),
    ]
    let tensors = vectors.map { name, values in
      SafeTensorsFile.Entry(name: name, tensor: Tensor(values, shape: [values.count]))
    }
    try SafeTensorsFile(metadata: metadata, tensors: tensors).write(to: path)
  }

  /// Every array that the file holds, by name; empty ones are left out.
  private var vectors: [(String, [Float])] {
    var result = [("weights", network.parameters.values), ("statistics", network.state.values)]
    result += optimizer.memory.map { ("optimizer.\($0.name)", $0.values) }
    for (name, network) in [("averaged", averaged), ("best", best)] {
      guard let network else { continue }
      result.append(("\(name).weights", network.parameters.values))
      result.append(("\(name).statistics", network.state.values))
    }
    return result.filter { !$0.1.isEmpty }
  }

  /// Reads a state, trusting nothing in it.
  ///
  /// - Parameters:
  ///   - network: the network at the start of the training.
  ///   - identity: the identity of the training to continue.
  /// - Throws: ``CodedError``: `missing`; `notSafeTensors` and `damaged` for a file that is not a state or is inconsistent;
  ///   `futureVersion`; `wrongShape` and `missingTensor` for a different network; `mismatch` if data, settings or version are not
  ///   those of the saved training.
  public init(path: String, network: Network, identity: TrainingIdentity) throws(CodedError) {
    self.init(network, configuration: identity.configuration)
    best = network
    let known = vectors
    // Never more than the arrays of this training and a long history, so that no file can claim all memory.
    let limit = known.reduce(64 << 20) { $0 + 4 * $1.1.count }
    let file = try SafeTensorsFile(path: path, maximumByteCount: limit)
    let description = try Self.description(file, path: path)
    let done = description.position.history.count
    if let objection = identity.objection(toResuming: description.identity, epochsDone: done) {
      throw CodedError(.mismatch, "this is the state of another training: \(objection)", path: path)
    }
    if let problem = description.position.problem {
      throw CodedError(.damaged, "the training state contradicts itself: \(problem)", path: path)
    }
    position = description.position
    if position.bestEpoch == 0 { best = nil }
    let expected = vectors
    guard file.tensors.map(\.name) == expected.map(\.0) else {
      throw CodedError(
        .missingTensor,
        "the training state has other arrays than \(expected.map(\.0).joined(separator: ", "))",
        path: path)
    }
    for (entry, (name, values)) in zip(file.tensors, expected) {
      guard entry.tensor.shape == [values.count] else {
        throw CodedError(
          .wrongShape, "array '\(name)' has shape \(entry.tensor.shape), this training's [\(values.count)]",
          path: path)
      }
      // Sums of squares and variances are never negative.
      let mayBeNegative = name != "optimizer.variance"
      guard entry.tensor.values.allSatisfy({ $0.isFinite && (mayBeNegative || $0 >= 0) }) else {
        throw CodedError(.outOfRange, "array '\(name)' has values that cannot be", path: path)
      }
    }
    take(Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.tensor.values) }))
  }

  private static func description(
    _ file: SafeTensorsFile, path: String
  ) throws(CodedError) -> Description {
    guard file.metadata["format"] == format, let json = file.metadata["training"] else {
      throw CodedError(.damaged, "not the state of a training", path: path)
    }
    guard file.metadata["version"] == "\(formatVersion)" else {
      let version = file.metadata["version"] ?? ""
      throw CodedError(
        .futureVersion,
        "a training state of version '\(version.prefix(20))' cannot be taken up, only \(formatVersion)",
        path: path)
    }
    do {
      return try JSONDecoder().decode(Description.self, from: Data(json.utf8))
    } catch {
      throw CodedError(.damaged, "the training state's description cannot be read", path: path)
    }
  }

  /// Takes up arrays whose names and lengths are those of ``vectors``.
  private mutating func take(_ arrays: [String: [Float]]) {
    func fill(_ vector: inout ParameterVector, _ name: String) {
      guard let values = arrays[name] else { return }
      vector.withMutableSpan { span in
        for index in values.indices { span[index] = values[index] }
      }
    }
    fill(&network.parameters, "weights")
    fill(&network.state, "statistics")
    optimizer.restore(
      stepCount: position.step, memory: optimizer.memory.map { arrays["optimizer.\($0.name)"] ?? $0.values })
    if var network = averaged {
      fill(&network.parameters, "averaged.weights")
      fill(&network.state, "averaged.statistics")
      averaged = network
    }
    if var network = best {
      fill(&network.parameters, "best.weights")
      fill(&network.state, "best.statistics")
      best = network
    }
  }
}

extension TrainingState.Position {
  /// What in it cannot be, in one clause; nil when it holds together.
  fileprivate var problem: String? {
    let counts = [batch, correct, seen, plateau.badEpochs, plateau.cooldown]
    guard counts.allSatisfy((0...1 << 40).contains), (0...1 << 40).contains(step) else { return "a count" }
    guard epoch == history.count + 1, history.map(\.epoch) == Array(1..<epoch) else { return "its epochs" }
    guard (0..<epoch).contains(bestEpoch), bestEpoch > 0 || history.isEmpty else { return "its best epoch" }
    guard bestEpoch == 0 || bestLoss == history[bestEpoch - 1].validLoss else { return "its best loss" }
    guard bestLoss?.isFinite ?? (bestEpoch == 0) else { return "its best loss" }
    let sums = [lossSum, normSum, seconds, gradientNorm, plateau.rate ?? 0, plateau.best ?? 0]
    guard sums.allSatisfy(\.isFinite), learningRate.isFinite, seconds >= 0 else { return "a sum" }
    return step >= batch && correct <= seen ? nil : "its steps"
  }
}
