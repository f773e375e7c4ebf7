import Foundation
import Testing

/// Writes an executable script.
///
/// Another process writes it: a file that this one had open for writing would be inherited, for a moment, by any program that
/// another test starts just then, and the system refuses to start what is open for writing ("text file busy").
public func writeProgram(_ text: String, to path: String) throws {
  let source = path + ".text"
  try Data(text.utf8).write(to: URL(filePath: source))
  let install = Process()
  install.executableURL = URL(filePath: "/usr/bin/install")
  install.arguments = ["-m", "755", source, path]
  try install.run()
  install.waitUntilExit()
  #expect(install.terminationStatus == 0)
  try FileManager.default.removeItem(atPath: source)
}
