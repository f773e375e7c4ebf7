import Audio
import Files
import Foundation
import TestSupport

/// A golden file's path.
func golden(_ name: String) throws -> URL {
  guard let url = Bundle.module.url(forResource: "Golden/\(name)", withExtension: nil) else {
    throw CocoaError(.fileNoSuchFile)
  }
  return url
}

func bytes(of name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: golden(name))) }

/// What librosa read: rate, count, and every 16th sample.
func reference(_ name: String) throws -> (rate: Int, count: Int, samples: [Float]) {
  let values = try readFloats(golden(name + ".f32"))
  return (Int(values[0]), Int(values[1]), Array(values[2...]))
}

/// Runs `body` with a new folder that is removed afterwards.
func withFolder<R>(_ body: (URL) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appending(path: "audio-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Every `step`-th value.
func every(_ step: Int, of values: [Float]) -> [Float] {
  stride(from: 0, to: values.count, by: step).map { values[$0] }
}

/// The code of the error that `body` throws; nil when it throws none, or not an `CodedError`.
func code(_ body: () throws -> Void) -> CodedError.Code? {
  do {
    try body()
    return nil
  } catch { return (error as? CodedError)?.code }
}

/// The bytes of a WAV file: 16-bit PCM (`kind` 1) or float (3), with a header that may lie.
func wav(
  data: [UInt8], kind: Int = 1, bits: Int = 16, channels: Int = 1, rate: Int = 22_050, dataLength: Int? = nil
) -> [UInt8] {
  func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let length = dataLength ?? data.count
  let block = channels * bits / 8
  return Array("RIFF".utf8) + little(36 + length, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
    + little(kind, 2)
    + little(channels, 2) + little(rate, 4) + little(rate * block, 4) + little(block, 2) + little(bits, 2)
    + Array("data".utf8) + little(length, 4) + data
}

func floatBytes(_ values: [Float]) -> [UInt8] {
  values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) } }
}
