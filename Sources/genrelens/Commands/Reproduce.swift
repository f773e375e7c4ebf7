import ArgumentParser

/// What can be done again.
struct Reproduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reproduces a report: its figures, tables and claims.",
    subcommands: [ReproduceFoundingReport.self])
}
