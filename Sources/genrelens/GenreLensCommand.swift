import ArgumentParser

/// The command itself: a list of what it can do.
struct GenreLensCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "genrelens",
    abstract: "Trains music-genre classifiers on audio and explains what they heard.",
    discussion: """
      Results go to standard output, progress and messages to standard error. \
      \(ExitStatuses.all) A second signal ends at once: 130 after \
      Ctrl-C, 143 after SIGTERM.

      Nothing that is read is ever written over: where an output would replace an input, both are named and nothing is done. \
      An output that is a link is written through it.

      Start with: genrelens demo
      """,
    version: "0.1.0",
    subcommands: [
      DemoCommand.self, Probe.self, DataCommand.self, Features.self, Train.self, Search.self,
      Calibrate.self, Evaluate.self, Classify.self, Tag.self,
      Explain.self,
      Analyze.self, Compare.self, BenchmarkExplanations.self, Reproduce.self,
      Inspect.self,
    ])
}
