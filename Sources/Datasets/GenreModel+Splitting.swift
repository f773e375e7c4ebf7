package import Files
import Models

extension SplitSettings {
  /// The division that these settings make. Traps unless the shares are at least 0 and sum to less than 1.
  package func splitting(trainingSeed: UInt64) -> Splitting {
    Splitting(validFraction: validFraction, testFraction: testFraction, seed: seed ?? trainingSeed)
  }
}

extension GenreModel {
  /// The division that training made of a data set without splits.
  ///
  /// Throws `usage` for shares in the file that no training can have had.
  package func trainingSplitting() throws(CodedError) -> Splitting {
    let split = provenance.preparation?.split ?? SplitSettings()
    if let problem = split.problem { throw CodedError(.usage, problem.key + " " + problem.message) }
    return split.splitting(trainingSeed: (provenance.configuration ?? TrainingConfiguration()).seed)
  }
}
