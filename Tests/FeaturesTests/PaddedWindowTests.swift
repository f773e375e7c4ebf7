import Audio
import Features
import Files
import Foundation
import TestSupport
import Testing

/// Clips shorter than half a window say so.
@Suite(.tags(.hand)) struct PaddedWindowTests {
  private func notes(_ count: Int, windows: FeatureWindows = .first) throws -> [AudioNote] {
    let path = FileManager.default.temporaryDirectory.appending(path: "short-\(UUID().uuidString).wav")
    try wavFile(SyntheticSound.integers(count: count, seed: 3).map { $0 / 2 + 5000 }).write(to: path)
    return try FeatureExtractor(.mfcc20).forEachMap(ofAudibleFile: path.path, windows: windows) { _ in }.notes
  }

  /// A window of `mfcc20` is 66 150 samples.
  @Test func fromHalfAWindowOnNothingIsSaid() throws {
    for windows in [FeatureWindows.first, .all] {
      for count in [1, 2, 100, 33_000] {
        #expect(try notes(count, windows: windows).map(\.code) == [.mostlyPadding], "\(count) samples")
      }
      for count in [33_100, 66_150, 100_000] {
        #expect(try notes(count, windows: windows).isEmpty, "\(count) samples")
      }
    }
    #expect { _ = try notes(0) } throws: { ($0 as? CodedError)?.code == .empty }
  }

  @Test func theWordsHaveTheNumbers() {
    #expect(
      PaddedWindow.words(heardSeconds: 1 / 22_050, windowSeconds: 3)
        == "from 0.000045 s of sound in a window of 3 s: mostly added silence")
    #expect(
      PaddedWindow.words(heardSeconds: 0.5, windowSeconds: 10)
        == "from 0.5 s of sound in a window of 10 s: mostly added silence")
    #expect(!PaddedWindow.isMostlyPadding(paddedSeconds: 1.5, windowSeconds: 3))
    #expect(PaddedWindow.isMostlyPadding(paddedSeconds: 1.501, windowSeconds: 3))
  }
}
