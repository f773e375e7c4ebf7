import Foundation

/// A worker that stays alive: it is told its work by its arguments, says when it is ready, and then repeats the work as
/// often as each line on standard input asks. `harness/worker.py` speaks to it; `peers/protocol.py` is the other side's.
@main
struct Main {
  static func main() {
    do {
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      let work = try makeWork(options)
      try serve(work, options: options)
    } catch {
      Line.print(["error": "\(error)"])
      exit(1)
    }
  }

  private static func makeWork(_ options: Options) throws -> any Work {
    switch options.work {
    case "decode": try DecodeWork(options)
    case "mfcc": try FeatureWork(options)
    case "mp3-to-mfcc": try FileFeatureWork(options)
    case "extract": try ExtractionWork(options)
    case "train": try TrainingWork(options)
    case "infer": try InferenceWork(options)
    case "grad-cam": try GradCAMWork(options)
    case "masked": try MaskedWork(options)
    case "relevance": try RelevanceWork(options)
    case "faithfulness": try FaithfulnessWork(options)
    case "infer-known": try ArchitectureWork(options, trains: false)
    case "train-known": try ArchitectureWork(options, trains: true)
    default: throw UsageError("no work is called '\(options.work)'")
    }
  }

  /// Warms up, says "ready", then answers "run N" with the seconds of N repetitions until standard input ends.
  private static func serve(_ work: any Work, options: Options) throws {
    for _ in 0..<(try options.integer("warm-up", default: 2)) { try work.runOnce() }
    Line.print([
      "ready": true, "tool": "genrelens", "versions": ["genrelens": "working tree"], "items": work.items,
      "unit": work.unit, "check": work.check,
    ])
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 2, words[0] == "run", let count = Int(words[1]) else { continue }
      var (seconds, processorSeconds): ([Double], [Double]) = ([], [])
      for _ in 0..<count {
        let (start, processorStart) = (Clock.wall, Clock.processor)
        try work.runOnce()
        seconds.append(Clock.wall - start)
        processorSeconds.append(Clock.processor - processorStart)
      }
      Line.print([
        "seconds": seconds, "processor_seconds": processorSeconds, "peak_mib": Memory.mebibytes("VmHWM"),
        "resident_mib": Memory.mebibytes("VmRSS"),
      ])
    }
  }
}
