import ArgumentParser

/// The command itself: a list of what it can do.
struct GenreLensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "genrelens",
    abstract: "Trains music-genre classifiers on audio and explains what they heard.",
    discussion: """
      Results go to standard output, progress and messages to standard error. \
      Exit status: 0 fine, 64 usage, 65 bad input data, 66 missing input, 70 internal, 74 input or output failed.

      Start with: genrelens demo
      """,
    version: "0.1.0",
    subcommands: [
      DemoCommand.self, Probe.self, DataCommand.self, Features.self, Train.self, Search.self,
      Calibrate.self, Evaluate.self, Classify.self,
      Explain.self,
      Analyze.self, Compare.self, BenchmarkExplanations.self,
      Inspect.self,
    ])
}
