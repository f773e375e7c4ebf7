import Audio
import Explanation
import Files
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Jobs

/// The steps of a recurrent tagger as `explain` writes them: a map over time that is of no cell of the input.
@Suite(.tags(.property, .slow)) struct StepExplainTests {
  private static func model() throws -> GenreModel {
    var architecture = Architecture(
      name: "recurrent",
      inputs: [
        .init("input", [Axis(.channel, 1), Axis(.frequency, 20), Axis(.time, 44)], free: [.time])
      ],
      nodes: [
        .init("pool", MaxPooling(kernel: [1, 4]), inputs: ["input"]),
        .init("rows", Squeeze(axes: [0]), inputs: ["pool"]),
        .init("steps", Transpose(order: [1, 0]), inputs: ["rows"]),
        .init("gru", GRU(hiddenCount: 6), inputs: ["steps"]),
        .init("logits", Dense(outputCount: 3), inputs: ["gru.last"]),
      ])
    architecture.outputFunction = .softmax
    return try WholeTrack.model(architecture)
  }

  @Test(arguments: ["step-attribution", "step-outputs"]) func soundIsExplained(name: String) throws {
    let folder = try temporaryFolder()
    let path = folder + "/noise.wav"
    try Waveform(samples: WholeTrack.samples(50_000), sampleRateHz: 22_050).writeWAV(to: path)
    var request = ExplanationRequest()
    request.method = try ExplanationCatalogue.method(named: name)
    let why = try Self.model().explain(path, request, output: folder + "/out")
    #expect(why.method == name)
    #expect(try NumpyFile.read(folder + "/out/map.npy").shape == [1, 11])
    #expect(try NumpyFile.read(folder + "/out/upsampled.npy").shape == [20, 44])
    for file in ["explanation.html", "explanation.png", "kept.wav", "mel.npy"] {
      #expect(FileSystem.exists(folder + "/out/" + file), "\(file)")
    }
  }
}
