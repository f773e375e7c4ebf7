import Foundation
import GenreLens
import TestSupport
import Testing

/// Explanations as sound and by frequency, through the command.
@Suite(.serialized) struct SoundCommandTests {
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
    let heard = try classify(parts.map { folder + "/" + $0.file }, with: GenreModel(path: fixture.model))
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
