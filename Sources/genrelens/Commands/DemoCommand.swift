import ArgumentParser
import Foundation
import GenreLens

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Runs the whole pipeline on the corpus in Data/: train, evaluate, explain, report.",
    discussion: """
      The corpus is synthesised: it shows what the program does, but its figures say nothing about real music. Takes a \
      minute or two and writes everything into --output.

      \(ExitStatuses.help(.diverged, .busy, .interrupted))

      Example: genrelens demo --output Output
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output = "Output"

  @Option(
    help: ArgumentHelp(
      "Another data set of sound files; otherwise Data here, or next to or above the program.",
      valueName: "folder"),
    completion: .directory)
  var data: String?

  func run() throws {
    var demo = Demo()
    (demo.output, demo.data) = (output, data)
    if demo.isSynthesised { Terminal.printError(Demo.caution) }
    let result = try demo.run(job: Terminal.job(.withBestWeights))
    Terminal.printLine(result.training)
    Terminal.print("")
    Terminal.print(result.report.evaluation.report.table())
    if demo.isSynthesised { Terminal.print("\n" + Demo.caution) }
    Terminal.print("\nOpen:")
    Terminal.printLine("  \(result.report.page)")
    for (folder, document) in result.explanations {
      Terminal.printLine("  \(folder)/\(document.files.page)")
    }
    Terminal.print("Try:")
    Terminal.printLine("  \(CommandLine.arguments[0]) classify --model \(result.model) YOUR.mp3")
  }
}
