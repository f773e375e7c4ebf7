import ArgumentParser
import GenreLens

/// `--split 80/10/10 --seed 1`.
struct SplitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Shares of train, valid and test; clips of one group stay together; without groups, each file is its own group.",
      valueName: "80/10/10"))
  var split: String?

  @Option(help: "Seed of the split (1).")
  var seed: UInt64?

  func validate() throws {
    if let split, Splitting(shares: split) == nil {
      throw ValidationError("--split \(split): three shares are expected, such as 80/10/10")
    }
    if seed != nil && split == nil { throw ValidationError("--seed belongs to --split") }
  }

  var splitting: Splitting? { split.flatMap { Splitting(shares: $0, seed: seed ?? 1) } }
}
