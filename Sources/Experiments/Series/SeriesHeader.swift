import Datasets
import Files
import Models
import Training

/// What a series of trainings was asked for, beside plan and data.
protocol SeriesOptions: Codable, Equatable {
  /// The name of the job in its journal.
  static var job: String { get }
  /// What is said to differ where options or plan do.
  static var words: (options: String, plan: String) { get }
}

extension CrossValidationOptions: SeriesOptions {
  static let job = "cross-validation"
  static let words = (options: "folds", plan: "settings")
}

extension SearchOptions: SeriesOptions {
  static let job = "search"
  static let words = (options: "options", plan: "configuration")
}

/// What the first line of such a journal says; times and places are not in it.
struct SeriesHeader<Options: SeriesOptions>: JobHeader {
  private var job = Options.job
  private var version: Int
  private var software = softwareVersion
  private var options: Options
  /// Of a search.
  private var space: SearchSpace?
  private var plan: TrainingPlan
  private var data: String
  /// The model with which the trainings begin, without its name.
  private var base: BaseModel?

  /// Cost: reads the data once.
  init(
    _ options: Options, space: SearchSpace? = nil, plan: TrainingPlan, dataset: Dataset,
    base: BaseModel? = nil
  ) throws {
    (self.options, self.space, self.plan, self.base) = (options, space, plan, base?.identity)
    (version, data) = (dataset.countingVersion, try dataset.identity())
  }

  func comparison(with other: Self) -> [(differs: Bool, what: String)] {
    [
      (version != other.version, countingWords), (software != other.software, "version of GenreLens"),
      (options != other.options, Options.words.options), (space != other.space, "space"),
      (plan != other.plan, Options.words.plan), (data != other.data, "data"),
      (base != other.base, "model to begin with"),
    ]
  }
}
