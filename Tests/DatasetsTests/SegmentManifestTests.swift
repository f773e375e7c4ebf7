import Audio
import Datasets
import Features
import Files
import Foundation
import TestSupport
import Testing

/// Manifests in which a clip is a segment of a file, and a file is listed many times.
@Suite(.tags(.hand)) struct SegmentManifestTests {
  private static let spec: FeatureSpec = {
    var spec = FeatureSpec.mfcc20
    spec.sampleCount = 11_025
    return spec
  }()

  /// A folder with `a.wav` of 4 s and `b.wav` of 3 s, and a manifest.
  private func folder(_ manifest: String) throws -> (folder: String, manifest: String) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "segments-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, seconds, seed) in [("a", 4, 1), ("b", 3, 2)] as [(String, Int, UInt32)] {
      let samples = SyntheticSound.integers(count: seconds * 44_100, seed: seed)
      try wavFile(samples, sampleRateHz: 44_100).write(to: folder.appending(path: name + ".wav"))
    }
    let path = folder.appending(path: "clips.csv")
    try Data(manifest.utf8).write(to: path)
    return (folder.path, path.path)
  }

  private func error(_ manifest: String) throws -> CodedError? {
    do {
      _ = try Dataset.load(folder(manifest).manifest)
      return nil
    } catch let error as CodedError { return error }
  }

  private static let six = """
    path,start_seconds,end_seconds,label
    a.wav,0,1.5,A
    a.wav,1.5,2.75,B
    b.wav,0.25,1.25,A
    b.wav,2.0,,B
    a.wav,2.75,3.2,A
    b.wav,1.25,2,B

    """

  @Test func columnsAreReadAndSegmentsNamed() throws {
    let data = try Dataset.load(folder(Self.six).manifest)
    #expect(
      data.clips.map(\.name).prefix(4) == [
        "a.wav 0.0-1.5 s", "a.wav 1.5-2.75 s", "b.wav 0.25-1.25 s", "b.wav 2.0 s to the end",
      ])
    #expect(Set(data.clips.map(\.recording)).count == 2 && Set(data.clips.map(\.identity)).count == 6)
    #expect(data.warnings.isEmpty)
    let other = try Dataset.load(
      folder(
        "path,start,duration,label\na.wav,1,0.5,A\na.wav,,,B\n".replacing("a.wav,,,B", with: "b.wav,,,B")
      ).manifest)
    #expect(other.clips[0].segment == SoundSegment(startSeconds: 1, endSeconds: 1.5))
    #expect(other.clips[1].segment == nil && other.clips[1].name == "b.wav")
    // A duration alone is what an archive says of a file.
    let plain = try Dataset.load(folder("path,duration,label\na.wav,4,A\nb.wav,-,B\n").manifest)
    #expect(plain.clips.allSatisfy { $0.segment == nil })
  }

  @Test(arguments: [
    ("a.wav,x,2,A", "no number of seconds"), ("a.wav,-1,2,A", "no number of seconds"),
    ("a.wav,nan,2,A", "no number of seconds"), ("a.wav,3,2,A", "end must come after"),
    ("a.wav,2,2,A", "end must come after"), ("b.wav,0,1,A", "is listed on line 2 already"),
    ("b.wav,0.5,2,A", "cannot be 'A' and 'B'"), ("b.wav,,,A", "cannot be 'A' and 'B'"),
  ])
  func whatCannotBeIsAnErrorWithItsLine(line: String, message: String) throws {
    let found = try #require(try error("path,start,end,label\nb.wav,0,1,B\n\(line)\n"), "\(line)")
    #expect(found.line == 3 && found.message.contains(message), "\(found)")
  }

  @Test func aFileTwiceWithoutSegmentsStaysAnError() throws {
    #expect(try error("path,label\na.wav,A\na.wav,A\n")?.code == .duplicate)
  }

  @Test func sharedSoundUnderOneLabelIsAWarning() throws {
    let data = try Dataset.load(
      folder("path,start,end,label\na.wav,0,2,A\na.wav,1,3,A\nb.wav,0,1,B\n").manifest)
    #expect(data.warnings.map(\.code) == [.overlappingSegments])
    let torn = try Dataset.load(
      folder("path,start,end,label,split\na.wav,0,2,A,train\na.wav,2,3,A,test\nb.wav,0,1,B,test\n").manifest)
    #expect(torn.warnings.map(\.code) == [.recordingInSeveralSplits])
  }

  @Test func segmentsThatShareSoundAreCounted() throws {
    // Both later ones lie in the first, and in each other.
    let data = try Dataset.load(
      folder("path,start,end,label\na.wav,0,4,A\na.wav,1,3,A\na.wav,2,2.5,A\nb.wav,0,1,B\n").manifest)
    #expect(data.warnings[0].message.hasPrefix("2 segments share some sound with one that starts before"))
  }

  @Test func filesOfTwoSpellingsAreTwo() {
    let clips = ["\u{E9}.wav", "e\u{301}.wav"].enumerated().map { index, path in
      Clip(
        name: path, path: path, label: "A", split: index == 0 ? .train : .test,
        segment: SoundSegment(startSeconds: 0, endSeconds: 1))
    }
    #expect(Dataset(path: "x", clips: clips).leakageWarnings().isEmpty)
  }

  @Test func overlappingSegmentsAreReadInOnePass() throws {
    let (folder, manifest) = try folder(
      "path,start,end,label\n"
        + (0..<12).map { "a.wav,\(Double($0) * 0.25),\(Double($0) * 0.25 + 0.5),A\n" }.joined()
        + "b.wav,,,B\n")
    let clips = try Dataset.load(manifest).clips
    var stream = try WindowStream(
      path: folder + "/a.wav", sampleRateHz: 22_050, sampleCount: 11_025, segment: clips[0].segment)
    for clip in clips.prefix(12) {
      let segment = try #require(clip.segment)
      let range = segment.samples(atHz: 22_050)
      guard stream.enter(segment, readingFrom: range.lowerBound) else {
        Issue.record("\(clip.name) has to be read anew")
        return
      }
      let count = try stream.read(at: range.lowerBound)
      #expect(count == range.count)
    }
    // What ends within the last window has to be read anew: less of the file is decoded for it.
    let isEnteredWithin = stream.enter(SoundSegment(startSeconds: 2.8, endSeconds: 2.9), readingFrom: 61_740)
    #expect(!isEnteredWithin)
    for (start, end) in [(2.85, 3.3), (3.5, 3.75)] {
      let segment = SoundSegment(startSeconds: start, endSeconds: end)
      let range = segment.samples(atHz: 22_050)
      let isEntered = stream.enter(segment, readingFrom: range.lowerBound)
      let count = try stream.read(at: range.lowerBound)
      #expect(isEntered && count == range.count)
      let whole = try Waveform.load(path: folder + "/a.wav", sampleRateHz: 22_050)
      #expect(Array(stream.samples.prefix(range.count)) == Array(whole.samples[range]))
    }
    _ = try extract(clips, to: folder + "/x.npy", threads: 1)
    _ = try extract(clips.prefix(12).reversed() + clips.suffix(1), to: folder + "/y.npy", threads: 1)
    let (x, y) = (try FeatureStore.open(folder + "/x.npy"), try FeatureStore.open(folder + "/y.npy"))
    for row in 0..<12 { #expect(x.map(row) == y.map(11 - row), "\(row)") }
  }

  @Test func splitsAndFoldsKeepAFileTogether() throws {
    var data = Dataset(path: "made", clips: [])
    for file in 0..<20 {
      for part in 0..<5 {
        let segment = SoundSegment(startSeconds: Double(part), endSeconds: Double(part + 1))
        data.clips.append(
          Clip(
            name: "\(file) \(part)", path: "\(file).wav", label: (file + part) % 2 == 0 ? "A" : "B",
            segment: segment))
      }
    }
    let split = try Splitting(validFraction: 0.2, testFraction: 0.2).assign(to: data)
    let parts = Dictionary(grouping: split.clips, by: \.recording).values.map { Set($0.map(\.split)).count }
    #expect(parts.allSatisfy { $0 == 1 })
    #expect(split.leakageWarnings().isEmpty)
    let folds = try Folds(count: 4, of: data)
    let held = Dictionary(grouping: data.clips.indices) { data.clips[$0].recording }
    #expect(held.values.allSatisfy { Set($0.map { folds.foldOfClip[$0] }).count == 1 })
  }

  private func extract(
    _ clips: [Clip], to path: String, threads: Int = 2, shard: ShardNumber? = nil,
    windows: FeatureWindows = .all
  ) throws -> FeatureFiles {
    var extraction = FeatureExtraction(spec: Self.spec)
    (extraction.threads, extraction.shard, extraction.windows) = (threads, shard, windows)
    return try extraction.run(clips, output: path)
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  @Test func mapsAreThoseOfTheWholeFileAndTheIndexTellsTheSegment() throws {
    let (folder, manifest) = try folder(Self.six)
    let clips = try Dataset.load(manifest).clips
    let outcome = try extract(clips, to: folder + "/x.npy")
    #expect(outcome.failures.isEmpty)
    let store = try FeatureStore.open(folder + "/x.npy")
    #expect(
      store.clips.map(\.name) == [
        "a.wav 0.0-1.5 s", "a.wav 0.0-1.5 s", "a.wav 0.0-1.5 s", "a.wav 1.5-2.75 s", "a.wav 1.5-2.75 s",
        "a.wav 1.5-2.75 s", "b.wav 0.25-1.25 s", "b.wav 0.25-1.25 s", "b.wav 2.0 s to the end",
        "b.wav 2.0 s to the end", "a.wav 2.75-3.2 s", "b.wav 1.25-2.0 s",
      ])
    let extractor = try FeatureExtractor(Self.spec)
    for clip in store.clips {
      let segment = try #require(clip.segment)
      let whole = try Waveform.load(path: try #require(clip.path))
      let start = Int((try #require(clip.startSeconds) * 22_050).rounded())
      let end = min(whole.samples.count, start + 11_025, segment.samples(atHz: 22_050).upperBound)
      let part = Waveform(samples: Array(whole.samples[start..<end]), sampleRateHz: 22_050)
      #expect(try extractor.map(of: part).values == store.map(try #require(clip.row)), "\(clip.name)")
    }
    #expect(store.clips[10].paddedSeconds == 0.05)
  }

  @Test func bytesDependOnNothingElse() throws {
    let (folder, manifest) = try folder(Self.six)
    let clips = try Dataset.load(manifest).clips
    _ = try extract(clips, to: folder + "/x.npy")
    _ = try extract(clips, to: folder + "/y.npy", threads: 1)
    for part in 1...3 {
      let shard = ShardNumber(part, of: 3)
      _ = try extract(clips, to: shard.path(ofWhole: folder + "/z.npy"), threads: 1, shard: shard)
    }
    let shards = (1...3).map { ShardNumber($0, of: 3).path(ofWhole: folder + "/z.npy") }
    _ = try FeatureShards.merge(shards, to: folder + "/z.npy")
    for ending in ["npy", "csv", "json", "sources.csv"] {
      let expected = try bytes(folder + "/x." + ending)
      #expect(try bytes(folder + "/y." + ending) == expected, "threads: \(ending)")
      #expect(try bytes(folder + "/z." + ending) == expected, "shards: \(ending)")
    }
    // Taken from the earlier store, of which another segment of the same file is no substitute.
    let again = try extract(clips, to: folder + "/x.npy")
    #expect(again.reusedFileCount == 6)
    #expect(try bytes(folder + "/x.npy") == bytes(folder + "/y.npy"))
    var moved = clips
    moved[1].segment = SoundSegment(startSeconds: 1.5, endSeconds: 2.5)
    #expect(try extract(moved, to: folder + "/x.npy").reusedFileCount == 5)
    // A file of which the segments are listed backwards is opened for each.
    let backwards = try extract(clips.reversed(), to: folder + "/r.npy", threads: 1)
    let reversed = try FeatureStore.open(backwards.path)
    let store = try FeatureStore.open(folder + "/y.npy")
    let rows = Dictionary(grouping: reversed.clips, by: \.identity)
    for (identity, own) in Dictionary(grouping: store.clips, by: \.identity) {
      let pairs = zip(own, rows[identity] ?? [])
      #expect(pairs.allSatisfy { store.map($0.row ?? 0) == reversed.map($1.row ?? 0) }, "\(identity)")
    }
  }

  @Test func segmentsBehindTheEndAreSaid() throws {
    let (folder, manifest) = try folder(
      "path,start,end,label\na.wav,0,2,A\na.wav,3,9,A\na.wav,11,12,B\nb.wav,0,2,B\n")
    let data = try Dataset.load(manifest)
    let report = try DatasetCheck().run(data)
    let finding = try #require(report.findings.first { $0.code == .segmentBeyondEnd })
    #expect(finding.severity == .error && finding.items.count == 2)
    #expect(finding.items[0].contains("a.wav 3.0-9.0 s: the sound ends at 4.00 s"))
    #expect(finding.items[1].contains("a.wav 11.0-12.0 s"))
    let outcome = try extract(data.clips, to: folder + "/x.npy", windows: .first)
    #expect(outcome.mapCount == 3 && outcome.failures.map(\.code) == ["too-short"])
    #expect(outcome.failures[0].path.hasSuffix("a.wav 11.0-12.0 s"))
  }

  @Test func aTableOfSegmentsBecomesAManifest() throws {
    let (folder, manifest) = try folder(Self.six)
    let catalog = try TableCollection(table: manifest).catalog()
    try catalog.write(to: folder + "/again.csv")
    let (first, second) = (try Dataset.load(manifest), try Dataset.load(folder + "/again.csv"))
    #expect(first.clips.map(\.identity) == second.clips.map(\.identity))
    #expect(first.clips.map(\.label) == second.clips.map(\.label))
    var table = TableCollection(table: manifest)
    table.readsSegments = false
    #expect { _ = try table.catalog() } throws: { ($0 as? CodedError)?.code == .duplicate }
  }
}
