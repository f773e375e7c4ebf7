import ArgumentParser
import GenreLens

/// `--set`, and the options that set one key each.
struct SettingOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Any key of the settings; may be repeated.", valueName: "key=value"))
  var assignments: [String] = []

  @OptionGroup var named: NamedSettingOptions

  /// Whether the command line says which genres are wanted.
  var namesGenres: Bool {
    named.settings.contains { $0.key == "genres" }
      || assignments.contains { $0.split(separator: "=").first.map { $0.trimmingPrefix(" ") } == "genres" }
  }

  /// What the command line sets.
  func settings() throws -> [ConfigurationSetting] {
    try named.settings + assignments.map { try ConfigurationSetting(assignment: $0) }
  }
}
