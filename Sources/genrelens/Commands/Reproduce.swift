import ArgumentParser

/// What can be done again.
struct Reproduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Does a report again: its figures, tables and claims.",
    subcommands: [ReproduceFoundingReport.self])
}
