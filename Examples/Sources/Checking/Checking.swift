import Foundation

/// Prints what is checked and whether it holds; ends the program with status 1 where it does not.
public func require(_ holds: Bool, _ words: String) {
  print(holds ? "ok    \(words)" : "WRONG \(words)")
  if !holds { exit(1) }
}

/// An argument of the command line, counted from 1; nil where there is none.
public func argument(_ number: Int) -> String? {
  CommandLine.arguments.indices.contains(number) ? CommandLine.arguments[number] : nil
}

/// A folder for the length of `body`, which is removed after it.
public func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("genrelens-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}

/// A share in percent, with one decimal.
public func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
