import Audio
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand)) struct LongFileTests {
  /// Three hours of silence with a click at 2 h, as a file with a hole: a second of it must cost a second's
  /// memory.
  @Test func aSecondOfALongFile() async {
    // In a process of its own: the peak is the process's.
    await #expect(processExitsWith: .success) {
      try withFolder { folder in
        let url = folder.appending(path: "long.wav")
        let bytes = 3 * 3_600 * 22_050 * 2
        try Data(wav(data: [], dataLength: bytes)).write(to: url)
        let file = try FileHandle(forWritingTo: url)
        try file.truncate(atOffset: UInt64(44 + bytes))
        try file.seek(toOffset: UInt64(44 + 2 * 3_600 * 22_050 * 2))
        try file.write(contentsOf: Data([0, 64]))
        try file.close()
        let before = peakKilobytes()
        let sound = try Waveform.load(path: url.path, sampleRateHz: nil, startSeconds: 7_199.5, seconds: 1)
        try #require(sound.samples.count == 22_050 && sound.samples.firstIndex { $0 != 0 } == 11_025)
        // The whole file would be 950 MB as floating point.
        try #require(peakKilobytes() - before < 20_000)
      }
    }
  }
}

/// Peak memory of this process.
private func peakKilobytes() -> Int {
  var usage = rusage()
  _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss
}
