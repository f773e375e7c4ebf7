import Audio
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Damaged, cut and joined files are findings with what was noticed, and only much that is missing makes a data set unfit.
@Suite(.tags(.hostile)) struct SoundDamageFindingTests {
  private func report(_ files: [(name: String, data: Data)]) throws -> DatasetCheckReport {
    let folder = try TemporaryFolder()
    var lines = ["path,label,split,group"]
    for (name, data) in files {
      try data.write(to: URL(filePath: folder[name]))
      lines.append("\(name),Folk,train,a")
    }
    try folder.write(lines.joined(separator: "\n"), to: "x.csv")
    var check = DatasetCheck()
    (check.windowSeconds, check.fewClips) = (0.5, 1)
    return try check.run(Dataset.load(folder["x.csv"]))
  }

  private func items(_ report: DatasetCheckReport, _ code: Finding.Code) -> [String] {
    report.findings.filter { $0.code == code }.flatMap(\.items)
  }

  @Test func whatWasNoticedIsAFinding() throws {
    let sound = SyntheticSound.integers(count: 44_100)
    let whole = wavFile(sound)
    var interrupted = wavFile(SyntheticSound.integers(count: 44_100, seed: 2))
    interrupted.replaceSubrange(40..<44, with: [0, 0, 0, 0])
    let flac = try [3, 4].map { seed in
      try Waveform(samples: SyntheticSound.samples(count: 22_050, seed: seed), sampleRateHz: 22_050)
        .encoded(as: .flac)
    }
    let report = try report([
      ("cut.wav", whole.dropLast(22_050)), ("tail.wav", whole.dropLast(66_150)),
      ("interrupted.wav", interrupted), ("joined.flac", Data(flac[0] + flac[1])),
    ])
    #expect(
      items(report, .damaged).map { $0.suffix(59) }
        == ["cut.wav: the sound ends at 1.50 s, its header promises 2.00 s"].map { $0.suffix(59) })
    #expect(
      items(report, .incomplete).count == 1
        && items(report, .incomplete)[0].contains("tail.wav: the sound ends at 0.50 s"))
    #expect(
      items(report, .wrongLength).count == 1 && items(report, .wrongLength)[0].contains("interrupted.wav"))
    #expect(
      items(report, .joined).count == 1 && items(report, .joined)[0].contains("the next begins at 1.00 s"))
    #expect(report.clips[0].measurement?.notes.first?.missingSeconds == 0.5)
    let severities = Dictionary(
      report.findings.map { ($0.code, $0.severity) }, uniquingKeysWith: { first, _ in first })
    #expect(severities[.damaged] == .warning && severities[.incomplete] == .error)
    #expect(severities[.joined] == .warning && severities[.wrongLength] == .note)
  }
}
