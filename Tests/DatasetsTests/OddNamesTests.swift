import Audio
import Datasets
import Features
import Files
import Foundation
import TestSupport
import Testing

/// Names that are no UTF-8, that Unicode takes for one, that begin with a formula, or hold a quote under an accent.
@Suite(.tags(.hostile)) struct OddNamesTests {
  static let names: [[UInt8]] = [
    Array("caf".utf8) + [0xE9] + Array(".wav".utf8), Array("\u{E9}.wav".utf8), Array("e\u{301}.wav".utf8),
    Array("q\"\u{301}.wav".utf8), Array("=1+1.wav".utf8), Array("-a, b\n.wav".utf8),
    Array("@\u{2028}'.wav".utf8),
    Array("x.\u{301}.wav".utf8), Array("'=q.wav".utf8), [0xF4, 0x8F, 0xBB, 0xA9] + Array(".wav".utf8),
  ]
  static var texts: [Spelling] { names.map { Spelling(String(pathBytes: $0)) } }

  /// A folder of two genres; each file holds another tone.
  private func corpus() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (number, name) in Self.names.enumerated() {
      let path = join(folder[number % 2 == 0 ? "Folk" : "Pop"], String(pathBytes: name))
      try FileSystem.makeFolder(Files.folder(of: path))
      let samples = (0..<8000).map { Int16(8000 * sin(Double($0) * 0.05 * Double(number + 1))) }
      try AtomicFile.write([UInt8](wavFile(samples, sampleRateHz: 22_050)), to: path)
    }
    return folder
  }

  private func names(_ clips: [Clip]) -> Set<Spelling> {
    Set(clips.map { Spelling(lastName($0.path ?? "")) })
  }

  @Test("a folder, its manifest and the check of it have every file")
  func manifests() throws {
    let folder = try corpus()
    let dataset = try Dataset.load(folder.path)
    #expect(dataset.clips.count == Self.names.count && names(dataset.clips) == Set(Self.texts))
    let manifest = folder["all.csv"]
    try FolderCollection(folder: folder.path).catalog().write(to: manifest)
    let read = try Dataset.load(manifest)
    #expect(names(read.clips) == Set(Self.texts))
    for clip in read.clips { #expect(FileSystem.exists(clip.path ?? "")) }
    let report = try DatasetCheck().run(read)
    #expect(!report.findings.contains { [.missing, .unreadable].contains($0.code) })
    // Written once more, by way of the list that a stranger might have made.
    var table = TableCollection(table: manifest)
    table.root = folder.path
    try table.catalog().write(to: folder["again.csv"])
    let again = try Dataset.load(folder["again.csv"])
    #expect(again.clips.map { Spelling($0.path ?? "") } == read.clips.map { Spelling($0.path ?? "") })
  }

  @Test("a store of them is written under such a name, read, taken up and put together of shards")
  func stores() throws {
    let folder = try corpus()
    let clips = try Dataset.load(folder.path).clips
    let output = join(folder.path, String(pathBytes: Array("st".utf8) + [0xF6] + Array("re.npy".utf8)))
    var extraction = FeatureExtraction(spec: .mfcc20)
    let first = try extraction.run(clips, output: output)
    #expect(first.mapCount == Self.names.count && first.failures.isEmpty)
    #expect(names(try FeatureStore.open(output).clips) == Set(Self.texts))
    #expect(names(try Dataset.load(output).clips) == Set(Self.texts))
    let again = try extraction.run(clips, output: output)
    #expect(again.reusedFileCount == Self.names.count)
    var parts: [String] = []
    for index in 1...2 {
      let number = ShardNumber("\(index)/2")
      extraction.shard = number
      parts.append(try #require(number).path(ofWhole: folder["whole.npy"]))
      _ = try extraction.run(clips, output: parts[index - 1])
    }
    _ = try FeatureShards.merge(parts, to: folder["whole.npy"])
    for ending in ["npy", "csv", "sources.csv"] {
      #expect(
        try FileSystem.contents(folder["whole.\(ending)"])
          == FileSystem.contents(replacingExtension(output, with: ending)))
    }
  }

  @Test("a genre in two spellings is refused, in a folder and in a table")
  func spellings() throws {
    let folder = try TemporaryFolder(["Caf\u{E9}/a.wav": "a", "Cafe\u{301}/b.wav": "b", "Pop/p.wav": "p"])
    #expect(throws: CodedError.self) { try Dataset.load(folder.path) }
    try folder.write("path,label\na.wav,Caf\u{E9}\nb.wav,Pop\nc.wav,Cafe\u{301}\n", to: "x.csv")
    let error = #expect(throws: CodedError.self) { try Dataset.load(folder["x.csv"]) }
    #expect(error?.line == 4 && error?.message.contains("spelled in two ways") == true)
  }

  @Test("labels and headers must be UTF-8, paths need not")
  func encodings() throws {
    let folder = try TemporaryFolder()
    func load(_ bytes: [UInt8]) throws -> Dataset {
      try AtomicFile.write(bytes, to: folder["x.csv"])
      return try Dataset.load(folder["x.csv"])
    }
    let good = try load(Array("path,label\ncaf".utf8) + [0xE9] + Array(".wav,Folk\n".utf8))
    #expect(good.clips[0].name.pathBytes == Self.names[0])
    for bytes in [
      Array("path,label\na.wav,F".utf8) + [0xE9, 0x0A],
      Array("path,label,".utf8) + [0xE9] + Array("\na.wav,F,1\n".utf8),
    ] {
      let error = #expect(throws: CodedError.self) { try load(bytes) }
      #expect(error?.code == .damaged && error?.message.contains("not UTF-8") == true)
    }
  }

  @Test("every text comes back from a table")
  func randomFields() throws {
    var generator = SystemRandomNumberGenerator()
    let scalars: [Unicode.Scalar] = [
      "\"", ",", "\n", "\r", "\u{301}", "a", " ", "\t", ";", "\u{FEFF}", "\u{85}", "\u{2028}", "=", "+", "-",
      "@", "'", "1", ".",
      "\u{10FEE9}", "é", "\u{7F}", "\u{1B}", "\u{200D}", "😀",
    ]
    func text() -> String {
      let drawn = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        scalars.randomElement(using: &generator) ?? "a"
      }
      return String(String.UnicodeScalarView(drawn))
    }
    let rows = (0..<4000).map { _ in [text(), text()] }
    let read = try CSVTable(
      parsing: Data(CSVTable.encode(header: ["a", "b"], rows: rows).pathBytes), path: "x.csv")
    #expect(read.records.count == rows.count)
    for (record, row) in zip(read.records, rows) {
      #expect(record.fields.map(\.pathBytes) == row.map(\.pathBytes))
    }
  }

  @Test("a list of sums keeps twins apart")
  func checksums() throws {
    let folder = try TemporaryFolder()
    let (one, other) = (String(repeating: "1", count: 40), String(repeating: "2", count: 40))
    try AtomicFile.write(
      Array("\(one)  \u{E9}.mp3\n\(other)  e\u{301}.mp3\n\(other)  x".utf8) + [0xE9, 0x0A],
      to: folder["checksums"])
    let list = try ChecksumList(path: folder["checksums"])
    #expect(list.sum(of: "\u{E9}.mp3") == one && list.sum(of: "e\u{301}.mp3") == other)
    #expect(list.sum(of: String(pathBytes: [0x78, 0xE9])) == other)
  }
}
