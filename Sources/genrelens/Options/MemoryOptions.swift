import ArgumentParser
import GenreLens

/// `--max-memory`: what one pass of a network or the map of one window may need.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Largest amount of memory for a pass of the network or a window's map, such as 16GB; more is refused before it begins (4 GB, or \
      half of the memory if that is less).
      """, valueName: "size"))
  var maxMemory: String?

  func validate() throws {
    guard let maxMemory else { return }
    guard let size = MemoryLimit.byteCount(maxMemory) else {
      throw ValidationError("--max-memory \(maxMemory): it must be a size such as 800MB or 16GB")
    }
    guard size >= MemoryLimit.leastByteCount else {
      throw ValidationError("--max-memory \(maxMemory): it must be 1MB or more")
    }
    MemoryLimit.byteCount = size
  }
}
