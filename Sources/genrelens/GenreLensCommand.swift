import ArgumentParser

/// The command itself: a list of what it can do.
struct GenreLensCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "genrelens",
    abstract: "Trains music-genre classifiers on audio and explains what they heard.",
    discussion: """
      Results go to standard output, progress and messages to standard error. \
      \(ExitStatuses.all) A second signal stops immediately: 130 after Ctrl-C, 143 after SIGTERM.

      An input is never overwritten: if an output would replace an input, the error names both and nothing is done. An output that is \
      a link is written through the link.

      Start with: genrelens demo
      """,
    version: "0.1.0",
    subcommands: [
      DemoCommand.self, Probe.self, DataCommand.self, Features.self, Train.self, Search.self,
      Calibrate.self, Evaluate.self, Classify.self, Tag.self,
      Explain.self, Ask.self, Dissect.self,
      Analyze.self, Compare.self, BenchmarkExplanations.self, CompareExplanations.self,
      BenchmarkQuestions.self,
      Reproduce.self,
      Import.self, Inspect.self,
    ])
}
