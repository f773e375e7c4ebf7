import Features
import Files
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// An extraction that was stopped or killed goes on and ends with the same bytes.
@Suite(.tags(.property)) struct ResumedExtractionTests {
  @Test(arguments: [NumpyElement.float32, .float16]) func stoppedWorkGoesOn(element: NumpyElement) throws {
    var corpus = try SmallCorpus(count: 12)
    corpus.extraction.element = element
    let expected = try corpus.fresh()
    var decoded: [String] = []
    for limit in [1, 3, 4, 4, 9] {
      let (files, outcome) = try corpus.run(stopAfter: limit)
      decoded += files
      #expect(outcome == nil)
      #expect(try corpus.hidden == [".x.npy.journal", ".x.npy.part"])
      #expect(corpus.bytes().allSatisfy { $0 == nil })
    }
    let (files, outcome) = try corpus.run()
    #expect(outcome?.reusedFileCount == 8 && files.count == 13 - 8, "\(files)")
    #expect(corpus.bytes() == expected)
    #expect(try corpus.hidden.isEmpty)
  }

  @Test func whatWasDoneIsNotDecodedAgain() throws {
    let corpus = try SmallCorpus(count: 10)
    try corpus.run(stopAfter: 7)
    let (decoded, _) = try corpus.run()
    // Files 0 to 5 were through, and the one that is no sound is tried again.
    #expect(decoded.sorted() == ["6.wav", "7.wav", "8.wav", "9.wav", "text.wav"])
  }

  /// A kill may leave any number of bytes of the maps and of the journal; a power cut, zeros in their place.
  @Test func anyTornStateGivesTheSameBytes() throws {
    let corpus = try SmallCorpus(count: 8)
    let expected = try corpus.fresh()
    try corpus.run(stopAfter: 6)
    let (part, journal) = (corpus.folder[".x.npy.part"], corpus.folder[".x.npy.journal"])
    let maps = try Data(contentsOf: URL(filePath: part))
    let lines = try Data(contentsOf: URL(filePath: journal))
    var random = SeededGenerator(seed: 5)
    for trial in 0..<40 {
      var (maps, lines) = (maps, lines)
      switch trial % 5 {
      case 0: maps = maps.prefix(random.index(below: maps.count))
      case 1: lines = lines.prefix(random.index(below: lines.count))
      case 2:
        let start = 128 + random.index(below: maps.count - 128)
        maps = maps.prefix(start) + Data(count: maps.count - start)
      case 3: lines[random.index(below: lines.count)] ^= 1
      default: maps[128 + random.index(below: maps.count - 128)] ^= 1
      }
      try Data(maps).write(to: URL(filePath: part))
      try Data(lines).write(to: URL(filePath: journal))
      try corpus.run()
      #expect(corpus.bytes() == expected, "trial \(trial)")
      #expect(try corpus.hidden.isEmpty, "trial \(trial)")
      for name in try corpus.folder.names where name.hasPrefix("x.") {
        try FileManager.default.removeItem(atPath: corpus.folder[name])
      }
    }
  }

  /// The list of files may change between the two runs: what is there is used, wherever it belongs now.
  @Test func otherFilesAndOrdersUseWhatIsThere() throws {
    let corpus = try SmallCorpus(count: 9)
    try corpus.run(stopAfter: 7)
    var clips = corpus.clips
    clips.insert(try corpus.tone("new.wav", hertz: 1111), at: 1)
    clips.swapAt(4, 6)
    clips.remove(at: 0)
    let expected = try corpus.fresh(clips)
    // Stopped in the middle of that, then with the old list again.
    try corpus.run(clips, stopAfter: 3)
    #expect(try corpus.hidden.contains(".x.npy.aside"))
    let (decoded, _) = try corpus.run(clips)
    #expect(Set(decoded).isDisjoint(with: ["1.wav", "2.wav", "3.wav", "4.wav", "5.wav"]), "\(decoded)")
    #expect(corpus.bytes() == expected)
    #expect(try corpus.hidden.isEmpty)
  }

  @Test func aFileThatChangedMeanwhileIsDecodedAgain() throws {
    let corpus = try SmallCorpus(count: 8)
    try corpus.run(stopAfter: 7)
    _ = try corpus.tone("2.wav", hertz: 999)
    let expected = try corpus.fresh()
    let (decoded, _) = try corpus.run()
    #expect(decoded.sorted() == ["2.wav", "6.wav", "7.wav", "text.wav"])
    #expect(corpus.bytes() == expected)
  }

  @Test func filesWithTheSameContentStayInPlace() throws {
    let corpus = try SmallCorpus(count: 6)
    try FileManager.default.removeItem(atPath: corpus.folder["4.wav"])
    try FileManager.default.copyItem(atPath: corpus.folder["1.wav"], toPath: corpus.folder["4.wav"])
    let expected = try corpus.fresh()
    try corpus.run(stopAfter: 6)
    let (decoded, _) = try corpus.run(stopAfter: 6)
    #expect(decoded.allSatisfy { ["text.wav", "5.wav"].contains($0) })
    #expect(try !corpus.hidden.contains(".x.npy.aside"))
    try corpus.run()
    #expect(corpus.bytes() == expected)
  }

  @Test func otherSettingsStartAnewAndFreshDecodesAll() throws {
    let corpus = try SmallCorpus(count: 6)
    var other = corpus.extraction
    other.windows = .first
    let expected = try corpus.fresh(extraction: other)
    try corpus.run(stopAfter: 5)
    let (decoded, _) = try corpus.run(extraction: other)
    #expect(decoded.count == 7)
    #expect(corpus.bytes() == expected)
    try corpus.run(stopAfter: 5)
    other.reusesMaps = false
    #expect(try corpus.run(extraction: other).decoded.count == 7)
  }

  @Test func anEarlierStoreAndAnUnfinishedOneAreBothUsed() throws {
    let corpus = try SmallCorpus(count: 8)
    try corpus.run(Array(corpus.clips.suffix(4)))
    let expected = try corpus.fresh()
    let before = corpus.bytes()
    try corpus.run(stopAfter: 3)
    #expect(corpus.bytes() == before)
    let (decoded, _) = try corpus.run()
    #expect(decoded.sorted() == ["3.wav", "text.wav"])
    #expect(corpus.bytes() == expected)
  }

  @Test func aSecondWriterIsRefused() throws {
    let corpus = try SmallCorpus(count: 5)
    let refused = Mutex<CodedError?>(nil)
    let (extraction, clips, store) = (corpus.extraction, corpus.clips, corpus.folder["x.npy"])
    _ = try extraction.run(
      clips, output: store,
      job: Job { progress in
        guard progress.completed == 2 else { return }
        let error = #expect(throws: CodedError.self) { _ = try extraction.run(clips, output: store) }
        refused.withLock { $0 = error }
      })
    let error = refused.withLock { $0 }
    #expect(error?.code == .busy && error?.message.contains("another process") == true)
    #expect(try corpus.hidden.isEmpty)
    #expect(try FeatureStore.open(corpus.folder["x.npy"]).count == 15)
  }

  @Test func namesWithTabsAndLineEndsPassTheJournal() throws {
    var corpus = try SmallCorpus(count: 2)
    for name in ["a\tb.wav", "c\nd.wav", "e\\f.wav", "\u{301}g\r.wav", "h,\"i\".wav"] {
      corpus.clips.append(try corpus.tone(name, hertz: Float(300 + 20 * corpus.clips.count)))
    }
    let expected = try corpus.fresh()
    try corpus.run(stopAfter: 7)
    let (decoded, _) = try corpus.run()
    #expect(decoded.sorted() == ["h,\"i\".wav", "text.wav"])
    #expect(corpus.bytes() == expected)
  }
}
