public import Analysis
public import Datasets
public import Files
public import Models
import Report

extension GenreModel {
  /// Reproduces the founding report with a model on a data set: its figures about sound, its tables, and each of its claims with
  /// the finding, into a folder.
  ///
  /// Writes `founding-report.html`, `founding-report.json`, `figures/` (PNG, SVG and PDF, single panels in `figures/panels/`) and
  /// `tables/` (CSV, Markdown, LaTeX). All files appear together, the page last; files of an earlier run that this one does not
  /// write are removed. The same seed gives the same result. After being stopped or killed, the same call does not process any
  /// sound again that was already heard, and ends with the same bytes.
  ///
  /// - Parameters:
  ///   - announce: called once, before the first stage, with a rough estimate of the work.
  ///   - job: receives its stages by number, for example "4 of 7: Average Drop, ROAD at conv1, conv2, conv3".
  ///
  /// Throws for a genre that is missing from the model or the data set (`badInput`), for features that the model does not use
  /// (`otherFeatures`), and if an output would replace an input (`usage`).
  public func reproduceFoundingReport(
    on dataset: Dataset, selection: ClipSelection = .split(.test),
    options: FoundingOptions = FoundingOptions(), output folder: String, announce: ((String) -> Void)? = nil,
    job: Job = Job()
  ) throws -> FoundingReport {
    try options.validate()
    try WrittenFiles.foundingReport(into: folder).requireApart(from: dataset.inputFiles)
    let stage = try StagedFolder(folder)
    let plan = try FoundingPlan(self, dataset, selection, options)
    announce?(plan.words)
    let steps = stage.finishedSteps { [self] in
      try jobIdentity("founding-report", self, dataset, "\(selection) \(options)")
    }
    var stages = JobStages(plan.stages, job: job.keeping(steps))
    var measuring = try FoundingMeasuring.measured(plan, dataset: dataset, selection, stages: &stages)
    let (reproduction, written) = try stages.run(.drawing) { job in
      let drawn = try FoundingFigures(measuring.explained, seed: options.seed).all()
      for figure in drawn { measuring.add(figure.samples, toFigure: figure.figure) }
      let reproduction = measuring.result
      let sweep = SweepPlates(reproduction.benchmark, reproduction.sweep)
      let plates =
        drawn.map(\.plate)
        + [averageDrop(reproduction), sweep.thresholds, sweep.curves, sweep.removals].compactMap(\.self)
      let written = try stage.fill { try writeFiles(reproduction, plates, to: $0, job) }
      try stage.publish(last: "founding-report.html")
      steps.remove()
      return (reproduction, written)
    }
    let kept = Set(written.map { Spelling(folder + "/" + $0) })
    for path in WrittenFiles.foundingReport(into: folder).paths where !kept.contains(Spelling(path)) {
      FileSystem.remove(path)
    }
    return FoundingReport(
      reproduction: reproduction, page: folder + "/founding-report.html",
      json: folder + "/founding-report.json",
      stages: stages.times)
  }
}

private func averageDrop(_ reproduction: FoundingReproduction) -> PanelPlate? {
  LayerStudyFigure(reproduction.benchmark, showsShuffled: true).map { figure in
    PanelPlate(
      name: "average-drop", title: "", subtitle: "",
      caption:
        "Average Drop by layer with 95 % intervals, low values are good: with the map itself as the mask (Hadamard), at thresholds 10, 20 and 30, and as the mean over all thresholds. Dashed are the controls. Only each map's own values in random places (shuffled) keep as much of the input as the map; a random map and the energy of the input keep other shares, and a mask that keeps much costs little whatever it shows.",
      rows: [[PanelPlate.Panel("all", figure)]])
  }
}

/// Gives the files' names, relative to the folder.
private func writeFiles(
  _ reproduction: FoundingReproduction, _ plates: [PanelPlate], to folder: String,
  _ job: Job
) throws -> [String] {
  for name in ["figures", "tables"] { try createFolder(folder + "/" + name) }
  var (files, images) = (["founding-report.html", "founding-report.json"], [String: [UInt8]]())
  for (number, plate) in plates.enumerated() {
    try job.requireGoingOn()
    job.tell("", number, of: plates.count + 1)
    images[plate.name] = try plate.write(to: folder + "/figures")
    files += plate.files.map { "figures/" + $0 }
  }
  let tables = FoundingTables(reproduction)
  for table in tables.all {
    try table.write(to: folder + "/tables")
    files += table.files.map { "tables/" + $0 }
  }
  for table in tables.longTables {
    try writeText(table.csv, to: folder + "/tables/" + table.name)
    files.append("tables/" + table.name)
  }
  try writeJSON(reproduction, to: folder + "/founding-report.json")
  let page = try FoundingPage(reproduction, plates: plates, images: images)
  try writeText(page.html, to: folder + "/founding-report.html")
  job.tell("", plates.count + 1, of: plates.count + 1)
  return files
}
