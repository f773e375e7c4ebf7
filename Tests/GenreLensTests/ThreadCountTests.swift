import Foundation
import GenreLens
import Tensors
import TestSupport
import Testing

/// Whatever `explain`, `analyze` and `features` write has the same bytes for any number of threads.
@Suite(.tags(.property)) struct ThreadCountTests {
  /// Every file below a folder with its bytes.
  private static func files(in folder: String) throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      result[name] = FileManager.default.contents(atPath: folder + "/" + name)
    }
    return result
  }

  private static func expectEqual(_ folders: [String]) throws {
    let first = try files(in: folders[0])
    #expect(!first.isEmpty)
    for folder in folders.dropFirst() {
      let other = try files(in: folder)
      #expect(Set(first.keys) == Set(other.keys))
      for (name, bytes) in first { #expect(other[name] == bytes, "\(name) in \(folder)") }
    }
  }

  @Test(arguments: [
    ["grad-cam++"], ["eigen-cam"], ["score-cam"], ["ablation-cam"], ["integrated-gradients", "--steps", "9"],
    ["rise", "--masks", "70"],
  ])
  func explanations(method: [String]) throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    for threads in 1...3 {
      let output = try CommandRunner.run(
        [
          "explain", fixture.clips[0], "--model", fixture.model, "--output", "\(folder)/\(threads)",
          "--method",
        ]
          + method, environment: ["OMP_NUM_THREADS": "\(threads)"])
      #expect(output.status == 0, "\(output.standardError)")
    }
    try Self.expectEqual((1...3).map { "\(folder)/\($0)" })
  }

  @Test func featuresAndErrorReport() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    for threads in 1...3 {
      for (name, arguments) in [
        ("one", ["features", fixture.clips[0], "--output", "x.npy"]),
        ("all", ["features", fixture.manifest, "--output", "x.npy", "--spec", "smel20"]),
        (
          "report",
          [
            "analyze", "--model", fixture.model, fixture.features, "--split", "all", "--robustness", "2",
            "--output", ".",
          ]
        ),
      ] {
        // One path for all: it is written into reports.
        let work = folder + "/work"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let output = try CommandRunner.run(
          arguments, in: work, environment: ["OMP_NUM_THREADS": "\(threads)"])
        #expect(output.status == 0, "\(output.standardError)")
        try FileManager.default.moveItem(atPath: work, toPath: "\(folder)/\(name)-\(threads)")
      }
    }
    for name in ["one", "all", "report"] { try Self.expectEqual((1...3).map { "\(folder)/\(name)-\($0)" }) }
  }

  /// The same where the processor has no AVX-512 and oneDNN's convolutions take our kernels' place.
  @Test func withoutAVX512() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let model = try GenreModel(path: fixture.model)
    let dataset = try Dataset.load(fixture.features)
    for threads in 1...3 {
      let place = "\(folder)/\(threads)"
      try ThreadPolicy.$threadsOfThisTask.withValue(threads) {
        try ConvolutionKernel.$isEnabled.withValue(false) {
          var request = ExplanationRequest()
          for method in [GradCAM(), ScoreCAM()] as [any ExplanationMethod] {
            request.method = method
            _ = try model.explain(fixture.clips[1], request, output: "\(place)/\(method.name)")
          }
          var options = AnalysisOptions()
          (options.robustnessTracks, options.checksData) = (0, false)
          _ = try model.analyzeErrors(
            on: dataset, selection: .all, options: options, output: place + "/report")
        }
      }
    }
    try Self.expectEqual((1...3).map { "\(folder)/\($0)" })
  }
}
