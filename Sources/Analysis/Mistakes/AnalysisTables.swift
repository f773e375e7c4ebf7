package import Datasets

/// What a user gives besides the data set: further columns, and predictions of a cross-validation. Read before hours of work.
package struct AnalysisTables {
  package let slices: SliceTable?
  let heldOut: HeldOutPredictions?

  /// - Parameter clips: those that will be evaluated.
  ///
  /// Throws for a table that cannot be read or says nothing of the tracks.
  package init(_ options: AnalysisOptions, clips: [Clip], dataset: Dataset) throws {
    slices = try options.slicesPath.map { try SliceTable(path: $0) }
    try slices?.check(clips, in: dataset)
    heldOut =
      options.checksData
      ? try options.crossValidationPath.map { try HeldOutPredictions(folder: $0, of: dataset) } : nil
  }
}
