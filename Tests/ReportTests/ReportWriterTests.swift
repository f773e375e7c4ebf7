import Analysis
import Files
import Foundation
import TestSupport
import Testing

@testable import Report

@Suite(.tags(.hand)) struct ReportWriterTests {
  private func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func writesPageJSONAndTable() throws {
    try inFolder { folder in
      let result = try ReportFixture.result()
      let files = try ReportWriter().write(result, pictures: ReportFixture.pictures(), to: folder.path)
      #expect(files.pictures.isEmpty)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
          == ["predictions.csv", "report.html", "report.json"])
      let json = try Data(contentsOf: URL(fileURLWithPath: files.json))
      #expect(try JSONDecoder().decode(AnalysisResult.self, from: json) == result)
      let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
      #expect((object["report"] as? [String: Any])?["accuracy"] as? Double == 0.5)
    }
  }

  @Test func equalAnalysesGiveEqualFiles() throws {
    try inFolder { folder in
      let result = try ReportFixture.result()
      let names = ["a", "b"].map { folder.appendingPathComponent($0).path }
      for name in names { try ReportWriter().write(result, pictures: ReportFixture.pictures(), to: name) }
      for file in ["report.html", "report.json", "predictions.csv"] {
        let contents = try names.map { try Data(contentsOf: URL(fileURLWithPath: $0 + "/" + file)) }
        #expect(contents[0] == contents[1], "\(file)")
      }
    }
  }

  @Test func largePicturesLieBesideThePage() throws {
    try inFolder { folder in
      let pictures = try ReportFixture.pictures()
      let result = try ReportFixture.result()
      let total = try PagePictures.embeddedBytes(ReportPage.usedPictures(result), pictures: pictures)
      let writer = ReportWriter(embeddingLimitBytes: total - 1)
      let files = try writer.write(result, pictures: pictures, to: folder.path)
      #expect(files.pictures.count == 12)
      let html = try String(contentsOfFile: files.page, encoding: .utf8)
      #expect(!html.contains("data:image") && html.contains("Pictures and sounds lie beside"))
      for path in files.pictures {
        #expect(path.hasPrefix(folder.path + "/pictures/") && !path.contains(".."))
        #expect(html.contains("./pictures/" + (path as NSString).lastPathComponent))
        _ = try PixelReader(png: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
      }
      let whole = try ReportWriter(embeddingLimitBytes: total).write(
        result, pictures: pictures, to: folder.appendingPathComponent("whole").path)
      #expect(whole.pictures.isEmpty)
    }
  }

  @Test func aPlaceThatIsAFileIsAnError() throws {
    try inFolder { folder in
      try Data("x".utf8).write(to: folder)
      let error = #expect(throws: CodedError.self) {
        try ReportWriter().write(
          try ReportFixture.result(), pictures: ReportFixture.pictures(), to: folder.path)
      }
      #expect(error?.code == .inputOutput && error?.path == folder.path)
    }
  }

  @Test func tableIsCSV() throws {
    let result = try ReportFixture.result()
    let rows = PredictionTable.csv(result.predictions, labels: ["Folk", "a,\"b"]).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    #expect(rows.count == 6 && rows[5].isEmpty)
    #expect(
      rows[0] == "path,name,label,predicted,correct,split,group,loss,p_Folk,\"p_a,\"\"b\",padded_seconds")
    #expect(rows[1] == "Folk/a.mp3,a.mp3,Folk,Folk,1,test,,\(-log(0.9)),0.9,0.1,")
    #expect(rows[2].hasPrefix("\"Folk/b, \"\"c\"\".mp3\",\"<script>alert(\"\"1\"\")</script>"))
    #expect(rows[3] == "Hip-Hop/d.mp3,d.mp3,Hip-Hop,Hip-Hop,1,,7,,0.25,0.75,")
    let unknown = PredictionTable.csv([Prediction(path: "\n", label: "x", predicted: "y")], labels: ["x"])
    #expect(unknown.hasSuffix("\"\n\",\"\n\",x,y,0,,,,,\r\n"))
  }
}
