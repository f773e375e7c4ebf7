import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// Files that a search does not take are counted and named.
@Suite(.tags(.hand)) struct SoundFileChoiceTests {
  let files = [
    "Folk/a.mp3": "", "Folk/b.WAVE": "", "Folk/c.bwf": "", "Folk/deep/d.mkv": "", "Folk/cover.jpg": "",
    "Folk/notes.txt": "", "Rock/e.aifc": "", "Rock/f.mid": "", "Rock/g.mid": "", "Rock/.h.mid": "",
  ]

  @Test func inAFolderOfGenres() throws {
    let folder = try TemporaryFolder(files)
    let dataset = try Dataset.load(folder.path)
    #expect(dataset.clips.map(\.name) == ["a.mp3", "b.WAVE", "c.bwf", "e.aifc"])
    #expect(dataset.warnings.map(\.code) == [.filesLeftOut])
    #expect(
      dataset.warnings[0].message
        == "3 files left out: 2 .mid, 1 .mkv; video and MIDI files are not searched for sound")
    let finding = try DatasetCheck().run(dataset).findings.first { $0.code == .leftOut }
    #expect(finding?.severity == .warning && finding?.items == dataset.warnings.map(\.message))
    #expect(try FolderCollection(folder: folder.path).catalog().notes == dataset.warnings.map(\.message))
  }

  @Test func amongGatheredFiles() throws {
    let folder = try TemporaryFolder(files)
    let dataset = try Dataset.gather([folder["Folk"], folder["Rock/f.mid"]])
    // What is named itself is taken.
    #expect(dataset.clips.map(\.name) == ["a.mp3", "b.WAVE", "c.bwf", "f.mid"])
    #expect(dataset.warnings.map(\.message).first?.hasPrefix("1 file left out: 1 .mkv; ") == true)
  }

  @Test func whereThereIsNothingElse() throws {
    let folder = try TemporaryFolder(["A/x.txt": "", "A/y.txt": "", "B/z": "", "C/a.mp3": "", "C/b.jpg": ""])
    let warnings = try Dataset.load(folder.path).warnings
    #expect(
      warnings.map(\.message) == [
        folder["A"] + ": no sound file in it (there are 2 .txt), left out",
        folder["B"] + ": no sound file in it (there are 1 without an ending), left out",
      ])
    for input in ["A", "B"] {
      let error = #expect(throws: CodedError.self) { _ = try Dataset.gather([folder[input]]) }
      #expect(error?.code == .empty && error?.message.contains("; there are ") == true)
    }
  }
}
