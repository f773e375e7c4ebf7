import Files
import Foundation
import GenreLens
import LibrarySupport
import Networks
import TestSupport
import Testing

/// The command on names that are bytes, and on words that would steer a terminal.
@Suite(.tags(.hostile), .serialized) struct OddNameCommandTests {
  /// Runs a shell's command line; in it `G` is the program.
  private func shell(_ line: String, in folder: String) throws -> CommandRunner.Output {
    try CommandRunner.start(
      ["-c", line.replacing("G ", with: "\"\(CommandRunner.program)\" ")], in: folder, program: "/bin/sh"
    ).finish()
  }

  private func folder() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    let names: [(String, [UInt8])] = [
      ("Folk", Array("caf".utf8) + [0xE9] + Array(".wav".utf8)), ("Folk", Array("\u{E9}.wav".utf8)),
      ("Pop", Array("e\u{301}.wav".utf8)), ("Pop", Array("=1+1.wav".utf8)),
      ("Pop", Array("a\u{1B}[31m\nb.wav".utf8)),
    ]
    for (number, (genre, name)) in names.enumerated() {
      try FileSystem.makeFolder(folder + "/in/" + genre)
      let samples = (0..<66_150).map { Int16(8000 * sin(Double($0) * 0.05 * Double(number + 1))) }
      try AtomicFile.write([UInt8](wavFile(samples)), to: folder + "/in/\(genre)/" + String(pathBytes: name))
    }
    return folder
  }

  @Test func everyFileIsProbedByItsBytes() throws {
    let folder = try folder()
    let plain = try shell("G probe in/*/*", in: folder)
    #expect(plain.status == 0 && plain.standardError.isEmpty, "\(plain.standardError)")
    let lines = plain.standardOutput.split(separator: "\n").map(String.init)
    #expect(lines.count == 5)
    #expect(lines.contains { $0.hasPrefix(#"in/Folk/caf\xe9.wav: wav"#) })
    #expect(lines.contains { $0.hasPrefix(#"in/Pop/a\x1b[31m\nb.wav: "#) })
    let json = try shell(#"G probe "$(printf 'in/Folk/caf\351.wav')" --json"#, in: folder)
    #expect(json.standardOutput.contains(#""in/Folk/caf\udce9.wav""#))
    let missing = try shell(#"G probe "$(printf 'x\351\033[2J.wav')""#, in: folder)
    #expect(missing.status == 66 && missing.standardError == "genrelens: x\\xe9\\x1b[2J.wav: no such file\n")
  }

  @Test func manifestAndStoreHaveEveryFileAndSuchANameToo() throws {
    let folder = try folder()
    for line in [
      "G data folder in -o all.csv", "G data check all.csv",
      #"G features all.csv -o "$(printf 'st\366re.npy')" --spec mfcc20"#,
    ] {
      let output = try shell(line, in: folder)
      #expect(output.status == 0, "\(line): \(output.standardError)")
      if line.contains("check") { #expect(output.standardOutput.hasPrefix("all.csv: 5 clips, 2 genres")) }
      if line.contains("features") {
        #expect(output.standardOutput == "st\\xf6re.npy: 5 maps of 5 recordings (all windows)\n")
      }
    }
    let store = folder + "/" + String(pathBytes: Array("st".utf8) + [0xF6] + Array("re".utf8))
    #expect(FileSystem.exists(store + ".npy") && FileSystem.exists(store + ".sources.csv"))
    let index = try FileSystem.contents(store + ".csv")
    #expect(String(pathBytes: index).utf8.split(separator: 0x0A).contains { $0.contains(0xF4) })
    // A path opens elsewhere as it stands, a name is a word for people.
    #expect(
      String(pathBytes: index).contains(",in/Pop/=1+1.wav,")
        && String(pathBytes: index).contains(",'=1+1.wav"))
  }

  @Test func theWordsOfAModelDoNotSteerTheTerminal() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let hostile = folder + "/hostile.safetensors"
    var file = try SafeTensorsFile(path: fixture.model)
    let about = try #require(file.metadata["genrelens"])
    #expect(about.contains("\"Folk\"") && about.contains("\"conv1\""))
    // The name of a layer is in its tensors too.
    file.metadata["genrelens"] = about.replacing("\"Folk\"", with: #""Fo\u001b[2J\nlk\u202e""#)
      .replacing("\"conv1\"", with: #""..\/co\u001bnv""#)
    let tensors = file.tensors.map { entry in
      SafeTensorsFile.Entry(
        name: entry.name.replacing("conv1.", with: "../co\u{1B}nv."), tensor: entry.tensor)
    }
    try SafeTensorsFile(metadata: file.metadata, tensors: tensors).write(to: hostile)
    for arguments in [
      ["inspect", hostile], ["inspect", hostile, "--json"], ["inspect", hostile, "--config"],
      ["classify", "--model", hostile, fixture.clips[0]],
      ["classify", "--model", hostile, fixture.clips[0], "--json"],
      ["evaluate", "--model", hostile, fixture.features],
      ["explain", "--model", hostile, fixture.clips[1], "--layer", "all", "--output", folder + "/e"],
      ["explain", "--model", hostile, fixture.clips[1], "--layer", "\u{1B}[2J", "--output", folder + "/f"],
    ] {
      let output = try CommandRunner.run(arguments, in: folder)
      for text in [output.standardOutput, output.standardError] {
        #expect(
          text.unicodeScalars.allSatisfy { $0 == "\n" || $0.isHarmless }, "\(arguments): \(text.shownLines)")
      }
    }
    let table = try CommandRunner.run(["inspect", hostile], in: folder).standardOutput
    #expect(table.contains(#"Fo\x1b[2J\nlk\u202e, Hip-Hop"#) && table.contains(#"../co\x1bnv"#))
    // No name of a layer leads out of the folder.
    #expect(try FileSystem.names(in: folder + "/e").contains("map-%2E.%2Fco%1Bnv.npy"))
    #expect(try FileSystem.names(in: folder).filter { $0.hasPrefix("co") }.isEmpty)
  }

  @Test func whatASpreadsheetTakesForAFormulaIsTextInOurTables() throws {
    let store = try SmallStore()
    let index = store.folder + "/x.csv"
    let text = try String(contentsOfFile: index, encoding: .utf8).replacing(",A,", with: ",=A,").replacing(
      ",B,", with: ",'-B,")
    try text.write(toFile: index, atomically: true, encoding: .utf8)
    let dataset = try store.dataset()
    #expect(dataset.labels == ["-B", "=A"])
    let run = try SmallStore.plan().train(on: dataset)
    let report = try run.model.analyzeErrors(on: dataset, output: store.folder + "/report")
    let table = try String(contentsOfFile: report.predictions, encoding: .utf8)
    #expect(table.contains(",'=A,") && !table.contains(",=A"))
    #expect(
      try CSVTable(path: report.predictions).records.allSatisfy { ["=A", "-B"].contains($0.fields[2]) })
  }
}
