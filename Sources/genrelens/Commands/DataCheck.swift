import ArgumentParser
import GenreLens

struct DataCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks a data set for problems that spoil a training or make its figures too good.",
    discussion: """
      DATASET is a folder of genre folders, a manifest, or a feature file X.npy. Every sound file is decoded once.

      Errors: missing, unreadable, silent, channels-cancel, not-finite, constant, incomplete, sound-leak (the same sound in two \
      splits), similar-leak (--similar), label-conflict (under two labels), several-labels (of one recording), group-leak (an \
      artist in two splits), recording-leak, single-genre, no-clips, segment-beyond-end. \
      Warnings: few-clips, duplicate, similar-sound, repeated-name, overlapping-segments, mostly-padding, short, damaged, \
      joined, channels-weaken, mostly-silent, clipped, left-out, imbalance, similar-labels. \
      Notes: mono-as-stereo, wrong-length, mixed-rates, no-groups, unknown-features, unsplit.

      \(ExitStatuses.help(.busy, .interrupted, words: [
        .fine: "fit for training (no finding is an error)", .badData: "a finding is an error, or bad input data",
      ]))

      Example: genrelens data check fma.csv --spec mfcc20 --output Output/check.json
      """)

  @Argument(help: "The data set.", completion: .file())
  var dataset: String

  @Option(
    help:
      "A clip shorter than the window of this specification is short (mfcc128); for a feature file, what its maps must be: mfcc128, mfcc20, mel128, smel20 or a YAML file."
  )
  var spec: String?

  @OptionGroup var channels: ChannelOptions

  @Option(help: "Number of files processed in parallel; the default is the number of processors.")
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Write the report as JSON, with the measurements of each clip.", valueName: "report.json"))
  var output: String?

  @Flag(
    help:
      "Also search for copies whose samples differ: other encodings, overlapping excerpts (takes about twice as long)."
  )
  var similar = false

  @Flag(help: "Warnings are errors.")
  var strict = false

  @Flag(help: "Print all clips of each finding, not only the first five.")
  var all = false

  @Flag(help: "Print the report as one JSON document.")
  var json = false

  @Option(help: "Share of silence from which a clip is mostly silent (0.5).")
  var silentShare: Double?

  @Option(help: "Share of samples at full scale, in runs, from which a clip is clipped (0.001).")
  var clippedShare: Double?

  @Option(help: "Number of clips of a genre in a split below which there are too few (10).")
  var fewClips: Int?

  @Option(help: "Ratio of the largest to the smallest genre from which there is an imbalance (3).")
  var imbalance: Double?

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs must be 1 to 1024") }
    for (name, share) in [("--silent-share", silentShare), ("--clipped-share", clippedShare)] {
      if let share, !(0...1).contains(share) { throw ValidationError("\(name) must be 0 to 1") }
    }
    if let fewClips, fewClips < 0 { throw ValidationError("--few-clips must be 0 or more") }
    if let imbalance, !(imbalance >= 1) { throw ValidationError("--imbalance must be 1 or more") }
  }

  func run() throws {
    var check = DatasetCheck()
    if let output { try WrittenFiles.file(output).requireApart(from: [spec].compactMap(\.self)) }
    var spec = try spec.map { try FeatureSpec.resolved($0) }
    if let mix = try channels.mix() {
      spec?.mono = mix
      check.mix = mix
    }
    if let spec { (check.windowSeconds, check.mix) = (spec.seconds, spec.mono) }
    if let jobs { check.threads = jobs }
    if let silentShare { check.silentShare = silentShare }
    if let clippedShare { check.clippedShare = clippedShare }
    if let fewClips { check.fewClips = fewClips }
    if let imbalance { check.imbalance = imbalance }
    check.isStrict = strict
    check.findsSimilar = similar
    // Only what files are measured by; what is found in the measurements is no step.
    let measuring = "\(softwareVersion) \(check.limits) \(check.mix) \(check.findsSimilar)"
    let report = try Terminal.job(.keepingWhatIsDone).remembering(
      "check", of: absolute(dataset) + measuring, identity: { measuring },
      { [check, spec] job in try check.run(dataset, stating: spec, output: output, job: job) })
    if json { try Terminal.printJSON(report) } else { Terminal.print(report.text(shown: all ? nil : 5)) }
    if !report.isFit { throw ExitCode(ProcessStatus.badData.rawValue) }
  }
}
