import Foundation
import GenreLens
import Testing

/// What a training leaves beside its model.
@Suite(.serialized) struct TrainingOutputTests {
  @Test func storedConfigurationTrainsTheSameModelAgain() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let printed = try CommandRunner.run(["inspect", fixture.model, "--config"])
    #expect(printed.status == 0, "\(printed.standardError)")
    // The features of the file that was trained on, not the plan's default.
    #expect(printed.standardOutput.contains("\n  sampleCount: 66150\n"))
    try printed.standardOutput.write(toFile: folder + "/again.yaml", atomically: true, encoding: .utf8)
    let again = try CommandRunner.run(
      ["train", fixture.features, "--output", "again.safetensors", "--config", "again.yaml"], in: folder)
    #expect(again.status == 0, "\(again.standardError)")
    let files = try [fixture.model, folder + "/again.safetensors"].map {
      try Data(contentsOf: URL(fileURLWithPath: $0))
    }
    #expect(files[0] == files[1])
  }

  @Test func modelsOfEarlierVersionsTellWhatTheyKnow() throws {
    let path = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"
    let plan = try #require(try GenreModel(path: path).trainingPlan)
    // The file that it was trained with; it does not hold all keys.
    var expected = try TrainingPlan(path: CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.yaml")
    expected.training.architecture = plan.training.architecture
    #expect(plan == expected)
    let printed = try CommandRunner.run(["inspect", path, "--config"])
    #expect(printed.status == 0 && printed.standardOutput.contains("\ngenres: [Folk, Hip-Hop]\n"))
  }
}
