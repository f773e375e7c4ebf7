import Foundation
import GenreLens

/// One measure of faithfulness of one map for each of six clips of 128 x 431, by the founding network.
final class FaithfulnessWork: Work {
  private let network: Network
  private let measure: FaithfulnessMeasure
  private let clips: [Tensor]
  private let maps: [Tensor]
  private let size: Shape = [128, 431]
  let unit = "clips"
  var items: Int { clips.count }

  init(_ options: Options) throws {
    ThreadPolicy.kernelThreads = try options.integer("threads", default: 1)
    let name = try options.string("method")
    guard let measure = FaithfulnessMeasure(rawValue: name) else { throw UsageError("no measure \(name)") }
    self.measure = measure
    var network = try Network(.threeBlock(inputShape: [1, 128, 431], classCount: 2), seed: 1)
    network.convolvesBlocks = true
    self.network = network
    // The same as in peers/faithfulness_peer.py: coarse maps, as those of the last convolution.
    clips = (0..<6).map { Tensor(comparableNumbers("clip \($0)", 128 * 431), shape: [1, 128, 431]) }
    maps = (0..<6).map {
      bilinearlyResized(Tensor(comparableNumbers("map \($0)", 16 * 53), shape: [16, 53]), to: [128, 431])
    }
  }

  func runOnce() throws {
    switch measure {
    case .sensitivity: try measureSensitivity()
    case .randomization: try measureRandomization()
    case .localization:
      for map in maps { _ = TimeLocalization(map.map { max(0, $0) }, inside: 0..<215, seed: 0) }
    case .occlusion: throw UsageError("no peer has it")
    case .masking, .curves, .road, .infidelity: try measureByMasking()
    }
  }

  private func measureByMasking() throws {
    var options = FaithfulnessOptions()
    // One map of a clip fills no batch of 64.
    options.copiesPerPass = measure == .road ? 8 : measure == .masking ? 2 : measure == .curves ? 40 : 22
    let probe = FaithfulnessProbe(
      network: network, options: options, masks: [.hadamard], measures: [measure])
    for (clip, map) in zip(clips, maps) {
      _ = try probe.measure(
        [CandidateMap(rawMap: map, meaning: .importance, size: size)], of: clip,
        baseline: Tensor(shape: clip.shape), classIndex: 0, seed: 1)
    }
  }

  private func measureSensitivity() throws {
    let explainer = Explainer(network: network)
    for clip in clips {
      let copies = [clip] + MaxSensitivity().samples(of: clip, seed: 1)
      let explained = try explainer.explain(
        batch: copies, method: .saliency, scores: copies.map { _ in .logit(0) })
      _ = MaxSensitivity.value(of: explained[0].signedMap, disturbed: explained.dropFirst().map(\.signedMap))
    }
  }

  private func measureRandomization() throws {
    let scores = clips.map { _ in Score.logit(0) }
    let trained = try Explainer(network: network).explain(batch: clips, method: .saliency, scores: scores)
    for stage in try ParameterRandomization(of: network, seed: 1).stages {
      let maps = try Explainer(network: stage.network).explain(
        batch: clips, method: .saliency, scores: scores)
      for (one, other) in zip(trained, maps) {
        _ = spearmanCorrelation(one.signedMap.values, other.signedMap.values)
      }
    }
  }
}
