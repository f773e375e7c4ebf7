import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens benchmark-explanations` on the fixture's four test clips.
@Suite(.tags(.hand, .slow), .serialized) struct CommandBenchmarkTests {
  private func run(_ arguments: [String], to folder: String) throws -> CommandRunner.Output {
    let fixture = try Fixture.shared.get()
    return try CommandRunner.run(
      ["benchmark-explanations", "--model", fixture.model, fixture.features, "--output", folder] + arguments)
  }

  @Test func everyMeasureIsWrittenAndOneSeedGivesOneResult() throws {
    let folder = try CommandRunner.temporaryFolder()
    let arguments = ["--methods", "grad-cam,grad-cam++,saliency", "--subset", "2", "--seed", "3"]
    let output = try run(arguments, to: folder + "/a")
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("/a/benchmark.json"))
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a/benchmark.json"))
    let benchmark = try JSONDecoder().decode(ExplanationBenchmark.self, from: data)
    #expect(benchmark.layers == ["conv1", "conv2", "conv3"])
    let methods = Set(benchmark.subjects.filter { !$0.isControl }.map(\.method))
    #expect(methods == ["grad-cam", "grad-cam++", "saliency"])
    let names = Set(benchmark.metrics.map(\.name))
    for metric in [
      FaithfulnessMetric.averageDrop("hadamard"), .averageDrop("threshold-30"), .increase("threshold-10"),
      .averageGain("hadamard"), .insertion, .deletion, .road, .infidelity, .maxSensitivity,
      .occlusionCorrelation, .randomizedStructure,
    ] { #expect(names.contains(metric.name), "\(metric.name)") }
    #expect(benchmark.figures.allSatisfy { $0.mean?.isFinite ?? true })
    // A map and its own values in random places keep as much, also at layers whose maps are enlarged.
    for subject in benchmark.subjects where !subject.isControl {
      for mask in ["hadamard", "threshold-10", "threshold-20", "threshold-30"] {
        let kept = [subject, subject.shuffled].map { benchmark.figure(.keptShare(mask), of: $0)?.mean }
        #expect(abs(try #require(kept[0]) - #require(kept[1])) < 1e-9, "\(subject) \(mask)")
      }
    }
    #expect(benchmark.randomization.map(\.layer).contains("dense1"))
    for name in [
      "figures.csv", "comparisons.csv", "randomization.csv", "tables.md", "average-drop.png",
      "average-drop.svg",
    ] {
      let size = try FileManager.default.attributesOfItem(atPath: folder + "/a/" + name)[.size] as? Int
      #expect(size ?? 0 > 200, "\(name)")
    }
    // All measures again, of fewer maps, in two runs.
    let few = ["--methods", "grad-cam,saliency", "--layers", "conv2", "--limit", "2", "--subset", "2"]
    let bytes = try ["b", "c"].map { name in
      let again = try run(few + ["--seed", "3"], to: "\(folder)/\(name)")
      #expect(again.status == 0, "\(again.standardError)")
      return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)/benchmark.json"))
    }
    #expect(bytes[0] == bytes[1])
    #expect(try JSONDecoder().decode(ExplanationBenchmark.self, from: bytes[0]).metrics == benchmark.metrics)
  }

  @Test func sillyRequestsAreRefusedWithTheListOfWhatThereIs() throws {
    let folder = try CommandRunner.temporaryFolder() + "/out"
    for (arguments, words) in [
      (["--methods", "grad-kam"], "unknown method \"grad-kam\": choose one of grad-cam"),
      (["--layers", "conv9"], "no layer \"conv9\" with a map: choose of conv1"),
      (["--metrics", "beauty"], "unknown metric \"beauty\": choose of masking"),
      (["--baseline", "zero"], "unknown baseline \"zero\": choose one of mean"),
      (["--limit", "0"], "--limit must be 1 or more"), (["--split", "best"], "unknown split"),
    ] {
      let output = try run(arguments, to: folder)
      #expect(output.status == ProcessStatus.usage.rawValue, "\(arguments)")
      #expect(output.messages.count == 1 && output.messages[0].contains(words), "\(output.standardError)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder))
  }
}
