import Analysis
import Explanation
import Files
import Foundation
import LibrarySupport
import Models
import Tensors
import TestSupport
import Testing

@testable import Jobs

/// Several methods side by side, for pictures and for sound.
@Suite(.tags(.hand, .property)) struct MethodComparisonTests {
  /// A picture whose class "bright" is in a white square.
  private static func lamp() throws -> (folder: String, path: String) {
    let folder = try temporaryFolder()
    let path = folder + "/lamp.bmp"
    try PictureExplainTests.write(to: path)
    return (folder, path)
  }

  private static func request(_ names: String, layer: String? = nil) throws -> ExplanationRequest {
    var request = ExplanationRequest()
    let methods = try ExplanationCatalogue.methods(named: names)
    (request.method, request.compared) = (methods[0], Array(methods.dropFirst()))
    (request.className, request.layer) = ("bright", layer)
    return request
  }

  @Test func eachMapIsThatOfItsMethodAlone() throws {
    let (folder, path) = try Self.lamp()
    let model = try PictureExplainTests.model()
    let names = ["cam", "grad-cam", "saliency"]
    let why = try model.explain(
      picture: path, Self.request(names.joined(separator: ",")), output: folder + "/all")
    let rows = try #require(why.comparison).methods
    #expect(rows.map(\.method) == names && rows.map(\.layer) == ["relu1", "conv1", "input"])
    #expect(rows.map(\.map) == ["map-cam.npy", "map-grad-cam.npy", "map-saliency.npy"])
    #expect(rows.map { [$0.rows, $0.columns] } == [[5, 5], [5, 5], [20, 20]])
    for row in rows {
      let alone = try model.explain(picture: path, Self.request(row.method), output: folder + "/one")
      #expect(alone.comparison == nil)
      #expect(
        try FileSystem.contents("\(folder)/all/\(row.map)") == FileSystem.contents(folder + "/one/map.npy"))
      #expect(row.check == alone.check && row.halfShare == alone.halfShare && row.layer == alone.layer)
    }
    // The document is that of the first method, the others come in addition.
    var alone = try model.explain(picture: path, Self.request("cam"), output: folder + "/one")
    alone.comparison = why.comparison
    #expect(alone == why)
  }

  /// Before global average pooling and one dense layer, CAM is Grad-CAM times the number of positions.
  @Test func equalMapsAgree() throws {
    let (folder, path) = try Self.lamp()
    let model = try PictureExplainTests.model()
    let request = try Self.request("cam,grad-cam,counterfactual", layer: "relu1")
    let why = try model.explain(picture: path, request, output: folder + "/out")
    let rows = try #require(why.comparison).methods
    #expect(rows[0].rankCorrelation == nil)
    #expect(try #require(rows[1].rankCorrelation) > 0.9999)
    #expect(abs(rows[0].maximum / rows[1].maximum - 25) < 1e-3)
    // What speaks against it is elsewhere.
    #expect(try #require(rows[2].rankCorrelation) < 0)
    #expect(why.comparison?.lines.count == 2)
    #expect(why.comparison?.lines[0].hasPrefix("grad-cam at relu1, 5 x 5: half of its evidence in ") == true)
  }

  @Test func theFilesAreNamedAndGoAgain() throws {
    let (folder, path) = try Self.lamp()
    let model = try PictureExplainTests.model()
    var request = try Self.request("cam,occlusion")
    request.writesVectors = true
    let why = try model.explain(picture: path, request, output: folder + "/out")
    #expect(why.comparison?.pictures == ["methods.png", "methods.svg", "methods.pdf"])
    #expect(
      Set(why.allFiles + ["explanation.json"])
        == Set(try FileManager.default.contentsOfDirectory(atPath: folder + "/out")))
    let bytes = try FileSystem.contents(folder + "/out/explanation.json")
    #expect(try JSONDecoder().decode(PictureExplanation.self, from: Data(bytes)) == why)
    let page = try String(contentsOfFile: folder + "/out/explanation.html", encoding: .utf8)
    #expect(page.contains("id=\"methods\"") && page.contains("occlusion at input"))
    // The picture four times, the evidence over it three times, and alone.
    #expect(page.components(separatedBy: "<img ").count == 1 + 2 + 1 + 1 + 2 * 2)
    let again = try model.explain(picture: path, Self.request("cam"), output: folder + "/out")
    #expect(
      Set(again.allFiles + ["explanation.json"])
        == Set(try FileManager.default.contentsOfDirectory(atPath: folder + "/out")))
    #expect(!FileSystem.exists(folder + "/out/methods.png"))
    let plain = try String(contentsOfFile: folder + "/out/explanation.html", encoding: .utf8)
    #expect(!plain.contains("id=\"methods\""))
  }

  @Test func soundHasItToo() throws {
    let folder = try temporaryFolder()
    let model = try GenreModel(path: packageRoot + "/Checkpoints/folk-hiphop-mfcc20.safetensors")
    let song =
      packageRoot + "/Data/Folk/" + (try FileSystem.names(in: packageRoot + "/Data/Folk").sorted()[0])
    var request = try Self.request("cam,grad-cam,gradient-x-input")
    (request.className, request.writesSounds) = ("Folk", false)
    let why = try model.explain(song, request, output: folder + "/all")
    let rows = try #require(why.comparison).methods
    let named: [String] = rows.map { $0.method }
    #expect(named == ["cam", "grad-cam", "gradient-x-input"])
    #expect(rows.allSatisfy { $0.check == nil })
    #expect(rows[2].rows == 20 && rows[2].columns == 130)
    let bytes = try FileSystem.contents(folder + "/all/explanation.json")
    #expect(try JSONDecoder().decode(ExplanationDocument.self, from: Data(bytes)) == why)
    let written = try FileManager.default.contentsOfDirectory(atPath: folder + "/all")
    #expect(Set(why.allFiles + ["explanation.json"]) == Set(written))
    let page = try String(contentsOfFile: folder + "/all/explanation.html", encoding: .utf8)
    #expect(page.contains("id=\"methods\"") && page.contains(" by grad-cam"))
    request.compared = []
    let alone = try model.explain(song, request, output: folder + "/one")
    #expect(alone.frequencies == why.frequencies && alone.comparison == nil)
    #expect(
      try FileSystem.contents(folder + "/all/map-cam.npy") == FileSystem.contents(folder + "/one/map.npy"))
  }

  @Test func whatDoesNotGoTogether() throws {
    let (folder, path) = try Self.lamp()
    let model = try PictureExplainTests.model()
    // CAM has one layer.
    let layer = #expect(throws: CodedError.self) {
      try model.explain(
        picture: path, Self.request("grad-cam,cam", layer: "conv1"), output: folder + "/out")
    }
    #expect(layer?.code == .notApplicable && layer?.message.contains("not at conv1") == true)
    var twice = ExplanationRequest().of("bright")
    twice.compared = [.cam, GradCAM()]
    let error = #expect(throws: CodedError.self) {
      try model.explain(picture: path, twice, output: folder + "/out")
    }
    #expect(error?.message.contains("grad-cam is named twice") == true)
    #expect(!FileSystem.exists(folder + "/out/explanation.json"))
    // Names and options.
    func message(_ names: String, _ options: [String: String] = [:]) -> String {
      let error = #expect(throws: CodedError.self) {
        try ExplanationCatalogue.methods(named: names, options: options)
      }
      return error?.message ?? ""
    }
    #expect(message("cam,cam") == "cam is named twice")
    #expect(message("cam,").hasPrefix("unknown method \"\""))
    #expect(message("cam,gradcam").contains("grad-cam"))
    #expect(
      message("cam,grad-cam", ["steps": "5"])
        == "--steps belongs to integrated-gradients, not to cam, grad-cam")
    let methods = try ExplanationCatalogue.methods(
      named: "rise, occlusion", options: ["masks": "7", "patch": "2x3"])
    #expect((methods[0] as? RISE)?.maskCount == 7 && methods.map(\.name) == ["rise", "occlusion"])
  }
}
