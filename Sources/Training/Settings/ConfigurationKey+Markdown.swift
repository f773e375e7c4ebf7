import Files

extension ConfigurationKey {
  /// The text of docs/configuration.md: how to give settings, and a table of all keys.
  public static func markdown() -> String {
    var text = """
      # Settings of a training

      <!-- Written by: genrelens train --describe-config > docs/configuration.md. Do not edit: a test compares. -->

      These keys control a training. They are the same in a file, on the command line and in the library:

      - **A file**, `genrelens train DATASET --config file.yaml --output model.safetensors`. Keys that are left out keep their
        defaults. `network.dropout` can be written as `dropout` below `network:` or as one word. `genrelens train --print-config`
        prints a file with every key explained; `genrelens inspect model.safetensors --config` prints one that trains that model
        again.
      - **The command line**: `--set network.dropout=0.2` for any key, as often as needed, and a separate option for each of the
        common ones. The command line overrides the file, and the file overrides the defaults.
      - **The library**: `TrainingPlan` has a property for each key (`plan.training.network.dropout`; all keys except `genres`,
        `windows`, `features` and `split` are under `training`); `TrainingPlan(path:)` reads a file, `validate()` checks ranges.

      A key that is unknown, given twice, of the wrong type or out of range is an error that names the file and the line, or the
      option; nothing is trained.

      """
    for group in Group.allCases {
      text +=
        "\n## \(group.rawValue)\n\n| key | what it does | may be | unit | default | option |\n|---|---|---|---|---|---|\n"
      for key in all where key.group == group {
        let option = key.option.map { "`--\($0)`" } ?? ""
        let cells = [
          "`\(key.name)`", key.summary, key.kind.words, key.unit, "`\(key.defaultText)`", option,
        ]
        text += "| " + cells.joined(separator: " | ") + " |\n"
      }
    }
    return text
  }
}
