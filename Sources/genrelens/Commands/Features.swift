import ArgumentParser
import GenreLens

struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes feature maps of sound files into a NumPy file.",
    discussion: """
      Writes X.npy (N x bins x frames, float32), its index X.csv and X.json with the feature spec; np.load(mmap_mode="r") \
      opens it and train takes it. The maps are librosa's to within 0.01 on the same samples. One window, the first, is \
      taken of each file unless --all-windows is given. A file that cannot be used goes to failures.csv and the rest goes on.

      A second run into the same X.npy decodes only files that are new or changed; the others' maps are taken from it \
      (X.sources.csv says what was read of which file). The result is the same as without it.

      INPUT is sound files and folders, one folder of genre folders, or one CSV manifest (path,label[,split,group]).

      Example: genrelens features Data/manifest.csv --output Output/features.npy --spec mfcc128
      """)

  @Argument(help: "Sound files, folders or a manifest.", completion: .file())
  var input: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The feature file to write.", valueName: "X.npy"))
  var output: String

  @Option(help: "mfcc128, mfcc20, mel128, or a YAML file of changes to mfcc128.")
  var spec = "mfcc128"

  @Option(help: "Files worked on side by side; the default is the number of processors.")
  var threads: Int?

  @Flag(help: "Every window of each file, not only the first.")
  var allWindows = false

  @Flag(help: "Leave out files shorter than a window instead of padding them with silence.")
  var refuseShort = false

  @Flag(help: "Compute all maps, also those that X.npy holds already.")
  var fresh = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024") }
    if !output.hasSuffix(".npy") { throw ValidationError("--output must end in .npy") }
  }

  func run() throws {
    let files = try extractFeatures(
      of: input, spec: try .resolved(spec), output: output, threads: threads,
      windows: allWindows ? .all : .first, shortClip: refuseShort ? .refuse : .pad,
      reusingMaps: !fresh, progress: Terminal.show)
    for failure in files.failures { Terminal.printError("genrelens: left out: \(failure.message)") }
    let maps = files.mapCount == 1 ? "1 map" : "\(files.mapCount) maps"
    let reused =
      files.reusedFileCount == 0
      ? "" : ", those of \(files.reusedFileCount) unchanged files from the earlier run"
    let ledger =
      files.failures.isEmpty ? "" : ", \(files.failures.count) left out (see failures.csv beside it)"
    Terminal.print("\(files.path): \(maps)\(reused)\(ledger)")
  }
}
