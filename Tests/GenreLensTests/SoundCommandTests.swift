import Foundation
import GenreLens
import TestSupport
import Testing

/// Explanations as sound and by frequency, through the command.
@Suite(.tags(.hand, .hostile), .serialized) struct SoundCommandTests {
  private func explain(_ words: String) throws -> (
    folder: String, document: ExplanationDocument, text: String
  ) {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let output = try CommandRunner.run(
      ["explain", "--model", fixture.model, fixture.clips[0], "--output", folder]
        + words.split(separator: " ").map(String.init))
    #expect(output.status == 0, "\(words): \(output.standardError)")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/explanation.json"))
    let document = try JSONDecoder().decode(ExplanationDocument.self, from: data)
    return (folder, document, output.standardOutput)
  }

  /// What the document says of each file is what the command hears when it is given that file.
  @Test func writtenSoundsAreHeardAgain() throws {
    let fixture = try Fixture.shared.get()
    let (folder, document, text) = try explain("--class Hip-Hop --layer conv2 --start 2.5")
    let sounds = try #require(document.sounds)
    #expect(sounds.sampleRateHz == 22_050 && sounds.restDecibels == 12)
    #expect(sounds.meanMask > 0 && sounds.meanMask < 1)
    let parts = [sounds.kept, sounds.removed, sounds.highlighted]
    #expect(parts.map(\.file) == ["kept.wav", "removed.wav", "highlighted.wav"])
    let heard = try GenreModel(path: fixture.model).classify(parts.map { folder + "/" + $0.file })
    #expect(heard.failures.isEmpty)
    for (part, track) in zip(parts, heard.values) {
      let told = try #require(part.probabilities)
      #expect(track.windows.count == 1 && Set(told.keys) == Set(track.probabilities.keys))
      for (label, probability) in told {
        // Kernels may sum in another order in another process.
        #expect(abs(probability - (track.probabilities[label] ?? -1)) < 1e-4, "\(part.file)")
      }
      #expect(text.contains(part.file))
      let sound = try Waveform.load(path: folder + "/" + part.file, sampleRateHz: nil)
      #expect(sound.sampleRateHz == 22_050 && sound.samples.count == 66_150)
      #expect(sound.samples.first == 0 && sound.samples.last == 0 && sound.peak > 0)
    }
    #expect(sounds.control.count == 8 && sounds.control.probability != nil)
  }

  @Test func maskIsTheExplanationsOwn() throws {
    let (folder, document, _) = try explain("--method gradient-x-input --class Folk")
    let sounds = try #require(document.sounds)
    let mask = try NumpyFile.read(folder + "/" + sounds.mask)
    let mel = try NumpyFile.read(folder + "/" + document.files.mel)
    #expect(mask.shape == [128, 130] && mel.shape == mask.shape)
    #expect(mask.values.allSatisfy { $0 >= 0 && $0 <= 1 } && mask.values.contains(1))
    let mean = mask.values.reduce(0.0) { $0 + Double($1) } / Double(mask.count)
    #expect(abs(mean - sounds.meanMask) < 1e-6)
  }

  @Test func frequenciesAndTimesSumToOne() throws {
    let (folder, document, text) = try explain("--class Folk --no-audio")
    #expect(document.sounds == nil && !text.contains(".wav"))
    #expect(!FileManager.default.fileExists(atPath: folder + "/kept.wav"))
    let evidence = document.frequencies.evidence
    #expect(abs(evidence.low + evidence.middle + evidence.high - 1) < 1e-9)
    #expect(document.frequencies.quantity == .decibels && !document.frequencies.isExact)
    #expect(text.contains("below 250 Hz"))
    for (name, count) in [(document.files.bands, 128), (document.files.times, 130)] {
      let table = try CSVTable(path: folder + "/" + name)
      #expect(table.records.count == count)
      let sum = table.records.reduce(0.0) { $0 + (Double($1.fields[2]) ?? .nan) }
      #expect(abs(sum - 1) < 1e-9, "\(name)")
    }
  }

  /// Terminal, document, table and page give the shares of one map, and those of an even one beside them.
  @Test(arguments: ["--class Folk", "--class Hip-Hop --layer conv2 --no-audio"])
  func oneMapHasOneSetOfShares(words: String) throws {
    let (folder, document, text) = try explain(words)
    let (evidence, even) = (document.frequencies.evidence, document.frequencies.even)
    let name = "grad-cam at \(document.layer)"
    #expect(text.contains(document.frequencies.line(of: name) + "\n"), "\(text)")
    let table = try CSVTable(path: folder + "/" + document.files.bands)
    let low = table.records.filter { Double($0.fields[1]) ?? 0 < 250 }
      .reduce(0.0) { $0 + (Double($1.fields[2]) ?? .nan) }
    #expect(abs(low - evidence.low) < 1e-9)
    let page = try String(contentsOfFile: folder + "/explanation.html", encoding: .utf8)
      .replacing("&#160;", with: " ")
    let shares = zip(
      ["below 250 Hz", "250 to 2 000 Hz", "above 2 000 Hz"],
      [(evidence.low, even.low), (evidence.middle, even.middle), (evidence.high, even.high)]
    ).map { String(format: "%@ %.0f %% (even: %.0f %%)", $0, 100 * $1.0, 100 * $1.1) }
    #expect(page.contains("This window: " + shares.joined(separator: ", ")), "\(shares)")
    let percents = [evidence.low, evidence.middle, evidence.high].map { String(format: "%.0f %%", 100 * $0) }
    #expect(
      page.contains(
        "that \(name) marks here: \(percents[0]) below 250 Hz, \(percents[1]) to 2 000 Hz, \(percents[2]) above. Of an even map:"
      ))
    #expect(page.contains("Where in frequency, by \(name)") && !page.contains("gradient x input"))
    // The page lists the keys that it has.
    #expect(!page.contains("filter the errors") && page.contains("next, previous part of the page"))
    #expect(page.contains("original, kept, removed, highlighted") == (document.sounds != nil))
  }

  /// Where the control does as well as the map, terminal, page and document say that the map shows nothing.
  @Test func aMapThatShowsNothingSaysSo() throws {
    var verdicts: Set<MapVerdict.Verdict> = []
    for words in ["--class Hip-Hop", "--class Folk", "--class Folk --method gradient-x-input"] {
      let (folder, document, text) = try explain(words)
      let sounds = try #require(document.sounds)
      guard let finding = sounds.finding else { continue }
      let kept = try #require(sounds.kept.probabilities?[document.explainedClass])
      let isMore = (kept * 1000).rounded() > ((sounds.control.probability ?? .nan) * 1000).rounded()
      #expect((finding.verdict == .marksMore) == isMore, "\(words)")
      #expect(document.flags.contains("map-shows-nothing") == !isMore)
      #expect(text.contains(finding.sentence))
      let page = try String(contentsOfFile: folder + "/explanation.html", encoding: .utf8)
        .replacing("&#160;", with: " ")
      #expect(page.contains(finding.sentence))
      verdicts.insert(finding.verdict)
    }
    #expect(!verdicts.isEmpty)
  }

  @Test func analysisTellsWhereTheEvidenceLies() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let output = try CommandRunner.run([
      "analyze", "--model", fixture.model, fixture.manifest, "--split", "all", "--output", folder,
    ])
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("evidence by frequency"))
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/report.json"))
    let result = try JSONDecoder().decode(AnalysisResult.self, from: data)
    let frequencies = try #require(result.frequencies)
    #expect(frequencies.readings.map(\.method) == ["grad-cam", "gradient-x-input"])
    let correct = result.predictions.count { $0.isCorrect }
    #expect(frequencies.sound.reduce(0) { $0 + $1.count + $1.emptyCount } == correct)
    for row in frequencies.readings.flatMap(\.rows) {
      #expect(abs(row.low.mean + row.middle.mean + row.high.mean - 1) < 1e-9)
    }
    let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
    #expect(page.contains("id=\"frequencies\"") && page.contains("href=\"#frequencies\""))
  }
}
