import ArgumentParser
import Files
import Foundation
import GenreLens

/// Parses, runs, and turns every outcome into an exit status and at most one line on standard error.
@main
struct Main {
  // Not `async`: that would end the process' first thread at once and run everything on another, beside its destructors.
  static func main() {
    StandardStreams.openClosed()
    Terminal.prepare()
    var status: Int32 = 0
    do {
      var command = try GenreLensCommand.parseAsRoot(Self.withHelpOfDefaults(arguments))
      try AddressSpace.prepare(for: command)
      try command.run()
    } catch {
      status = report(error)
    }
    Terminal.leave(status)
  }

  /// The arguments as path text: `CommandLine.arguments` puts U+FFFD where a file's name is not UTF-8.
  private static var arguments: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      unsafe CommandLine.unsafeArgv[index].map { argument in
        unsafe String(pathBytes: UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
      }
    }
  }

  /// `help features` is about the command that has the options, as `features --help` is.
  static func withHelpOfDefaults(_ arguments: [String]) -> [String] {
    arguments == ["help", "features"] ? arguments + ["extract"] : arguments
  }

  /// Prints what there is to say and returns the status to exit with.
  private static func report(_ error: any Error) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    let status = GenreLensCommand.exitCode(for: error)
    if status == .success {
      Terminal.print(GenreLensCommand.fullMessage(for: error))
      return 0
    }
    // ArgumentParser's own errors (its status for them is EX_USAGE); everything else is ours to name.
    guard status != .validationFailure else {
      // Its text for people ends "See 'genrelens probe --help' for more information."
      let help = GenreLensCommand.fullMessage(for: error).split(separator: "'").last {
        $0.hasSuffix(" --help")
      }
      let hint = help.map { " (see '\($0)')" } ?? ""
      Terminal.printError("genrelens: \(oneLine(GenreLensCommand.message(for: error)))\(hint)")
      return ProcessStatus.usage.rawValue
    }
    let failure = Failure(error)
    Terminal.printError("genrelens: \(failure.message)")
    return failure.status.rawValue
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
