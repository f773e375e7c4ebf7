import Foundation

// What libFuzzer's main function calls.

/// Chooses the reader that the environment names in `READER`; with `SEEDS=FOLDER` writes good inputs there and ends.
@_cdecl("LLVMFuzzerInitialize")
func initialize(
  _ count: UnsafePointer<Int32>, _ words: UnsafePointer<UnsafePointer<UnsafePointer<CChar>>>
) -> Int32 {
  let environment = ProcessInfo.processInfo.environment
  if let folder = environment["SEEDS"] {
    do { try Seeds.write(to: folder) } catch { end("no seeds: \(error)", 74) }
    exit(0)
  }
  guard let target = FuzzTarget.all.first(where: { $0.name == environment["READER"] }) else {
    end("READER must be one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))", 64)
  }
  FuzzTarget.current = target
  return 0
}

/// Feeds the reader with one input.
@_cdecl("LLVMFuzzerTestOneInput")
func test(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  FuzzTarget.run([UInt8](UnsafeBufferPointer(start: data, count: count)))
  return 0
}

private func end(_ message: String, _ status: Int32) -> Never {
  FileHandle.standardError.write(Data((message + "\n").utf8))
  exit(status)
}
