import Foundation
import GenreLens
import TestSupport
import Testing

/// A model of the lowest sample rate that a specification may have serves every command that sound models serve.
@Suite(.tags(.hand, .slow), .serialized) struct LowRateTests {
  @Test(arguments: [1_000, 3_999]) func explainedAndAnalysed(rate: Int) throws {
    let (fixture, folder) = (try Fixture.shared.get(), try CommandRunner.temporaryFolder())
    let spec = """
      sampleRateHz: \(rate)
      sampleCount: \(3 * rate)
      fftLength: 128
      hopLength: 32
      melBandCount: 16
      binCount: 16
      """
    try spec.write(toFile: folder + "/spec.yaml", atomically: false, encoding: .utf8)
    for arguments in [
      ["features", fixture.manifest, "--spec", "spec.yaml", "--output", "x.npy"],
      [
        "train", "x.npy", "--output", "m.safetensors", "--config", fixture.folder + "/config.yaml",
        "--epochs", "1",
        "--set", "network.channels=4", "--set", "network.kernel=3,3",
      ],
      ["classify", "--model", "m.safetensors", fixture.clips[0]],
      ["explain", "--model", "m.safetensors", fixture.clips[0], "--output", "explanation"],
      [
        "analyze", "--model", "m.safetensors", fixture.manifest, "--split", "all", "--robustness", "2",
        "--output",
        "report",
      ],
    ] {
      let output = try CommandRunner.run(arguments, in: folder)
      #expect(output.status == 0, "\(output.standardError)")
    }
    #expect(try Waveform.load(path: folder + "/explanation/kept.wav", sampleRateHz: nil).sampleRateHz == rate)
  }
}
