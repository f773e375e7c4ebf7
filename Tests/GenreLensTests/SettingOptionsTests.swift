import Foundation
import GenreLens
import TestSupport
import Testing

/// The options of `genrelens train` that set a key of the configuration.
@Suite(.tags(.hand, .property)) struct SettingOptionsTests {
  @Test func everyOptionIsThere() throws {
    let help = try CommandRunner.run(["train", "--help"]).standardOutput
    for key in ConfigurationKey.all {
      if let option = key.option { #expect(help.contains("--\(option) <"), "\(option)") }
    }
    let known = Set(ConfigurationKey.all.compactMap(\.option))
    // The options that set a key are those of the part "Settings".
    let part = help.components(separatedBy: "SETTINGS:").last?.components(separatedBy: "\n\n").first ?? ""
    for word in part.split(whereSeparator: \.isWhitespace) where word.hasPrefix("--") {
      let name = String(word.dropFirst(2))
      #expect(known.contains(name) || name == "set", "\(name)")
    }
  }
}
